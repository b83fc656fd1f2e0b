package aws_test

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"

	"podsec/kube/sim/aws"
)

var update = flag.Bool("update", false, "write the answers as they are")

// TestWire plays the requests of testdata/*.txt and compares what goes over the wire, which clients of AWS do not show.
// A request is one of
//
//	> SERVICE REGION OPERATION JSON  of an API (kms, ecr), signed
//	> sts REGION                     GetCallerIdentity
//	> METHOD PATH [BODY]             of the registry in us-east-1
//	> as login | nobody | USER:PASSWORD | trusted | HOST  changes who asks the registry, or which registry
//	> pass DURATION                  lets time pass
//
// The answer follows: "< " and the status, headers that matter, and the body.
func TestWire(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no requests", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := newWire(t).play(string(want))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// wire is a client that sees everything.
type wire struct {
	*testing.T
	account *aws.Account
	at      *clock
	host    string
	login   func(*http.Request)
	digests []string
}

func newWire(t *testing.T) *wire {
	w, ids := &wire{T: t, at: newClock(), host: host}, 0
	w.account = aws.New(aws.Options{Clock: w.at.now, NewID: func() string {
		ids++
		return fmt.Sprintf("00000000-0000-4000-8000-%012d", ids)
	}})
	index := must(aws.BuildImage("a shop"))(t)
	if err := w.account.Seed(aws.LabImage{Name: "public.ecr.aws/nginx/nginx:latest", Index: index}); err != nil {
		t.Fatal(err)
	}
	w.as("nobody")
	return w
}

func (w *wire) play(requests string) string {
	var out strings.Builder
	for line := range strings.Lines(requests) {
		request, isRequest := strings.CutPrefix(strings.TrimSpace(line), "> ")
		if !isRequest {
			if strings.HasPrefix(line, "#") {
				out.WriteString(line)
			}
			continue
		}
		out.WriteString(line)
		out.WriteString(w.ask(request))
	}
	return out.String()
}

// ask sends one request and returns the answer as text.
func (w *wire) ask(line string) string {
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "as":
		w.as(rest)
		return ""
	case "pass":
		w.at.at = w.at.at.Add(must(time.ParseDuration(rest))(w.T))
		return ""
	case "kms", "ecr", "sts":
		region, call, _ := strings.Cut(rest, " ")
		operation, body, _ := strings.Cut(call, " ")
		return w.send(w.api(verb, region, operation, body))
	}
	path, body, _ := strings.Cut(rest, " ")
	request := httptest.NewRequest(verb, "http://"+w.host+w.numbered(path), strings.NewReader(w.numbered(body)))
	request.Header.Set("Content-Type", "application/vnd.oci.image.manifest.v1+json")
	w.login(request)
	return w.send(request)
}

// api makes a signed request of an API.
func (w *wire) api(service, region, operation, body string) *http.Request {
	target := map[string]string{"kms": "TrentService.", "ecr": "AmazonEC2ContainerRegistry_V20150921."}[service]
	if service == "sts" {
		body = "Action=GetCallerIdentity&Version=2011-06-15"
	}
	request := httptest.NewRequest(http.MethodPost, "http://"+service+"."+region+".amazonaws.com/", strings.NewReader(w.numbered(body)))
	request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	if target != "" {
		request.Header.Set("X-Amz-Target", target+operation)
	} else {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	sum := sha256.Sum256([]byte(w.numbered(body)))
	credentials := sdk.Credentials{AccessKeyID: aws.AccessKeyID, SecretAccessKey: aws.SecretAccessKey}
	if err := v4.NewSigner().SignHTTP(w.Context(), credentials, request, hex.EncodeToString(sum[:]), service, region, time.Now()); err != nil {
		w.Fatal(err)
	}
	return request
}

// as changes who asks the registry.
func (w *wire) as(who string) {
	user, password, found := strings.Cut(who, ":")
	w.login = func(r *http.Request) {
		if found {
			r.SetBasicAuth(user, password)
		}
	}
	switch {
	case strings.Contains(who, "."):
		w.host = who
		w.as("nobody")
	case who == "login":
		token := w.ask("ecr us-east-1 GetAuthorizationToken {}")
		encoded := regexp.MustCompile(`"authorizationToken":"([^"]+)"`).FindStringSubmatch(token)[1]
		w.login = func(r *http.Request) { r.Header.Set("Authorization", "Basic "+encoded) }
	}
}

// headers are those that matter to clients.
func headers() []string {
	return []string{"Content-Type", "Docker-Content-Digest", "Docker-Distribution-Api-Version", "Location", "Oci-Subject", "Www-Authenticate"}
}

func (w *wire) send(request *http.Request) string {
	recorder := httptest.NewRecorder()
	w.account.ServeHTTP(recorder, request)
	var out strings.Builder
	fmt.Fprintf(&out, "< %d %s\n", recorder.Code, http.StatusText(recorder.Code))
	for _, header := range headers() {
		if value := recorder.Header().Get(header); value != "" {
			fmt.Fprintf(&out, "< %s: %s\n", header, w.stable(value))
		}
	}
	if body := strings.TrimRight(recorder.Body.String(), "\n"); body != "" {
		for line := range strings.Lines(body) {
			out.WriteString("< " + w.stable(strings.TrimRight(line, "\n")) + "\n")
		}
	}
	return out.String()
}

var (
	changing = regexp.MustCompile(`("(?:PublicKey|Signature)":")[^"]+|(<RequestId>)[^<]+|(/uploads/)[0-9-]+`)
	digests  = regexp.MustCompile(`sha256:[0-9a-f]{64}`)
	numbers  = regexp.MustCompile(`DIGEST(\d+)`)
)

// stable replaces what differs each time, and numbers digests.
func (w *wire) stable(text string) string {
	text = changing.ReplaceAllString(text, "$1$2$3…")
	return digests.ReplaceAllStringFunc(text, func(digest string) string {
		if !slices.Contains(w.digests, digest) {
			w.digests = append(w.digests, digest)
		}
		return fmt.Sprintf("DIGEST%d", slices.Index(w.digests, digest)+1)
	})
}

// numbered puts digests back in the place of their numbers.
func (w *wire) numbered(text string) string {
	return numbers.ReplaceAllStringFunc(text, func(number string) string {
		var n int
		if _, err := fmt.Sscanf(number, "DIGEST%d", &n); err != nil || n < 1 || n > len(w.digests) {
			w.Fatalf("there is no %s yet", number)
		}
		return w.digests[n-1]
	})
}
