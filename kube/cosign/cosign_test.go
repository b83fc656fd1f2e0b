package cosign

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
	"golang.org/x/tools/txtar"

	"podsec/kube/process"
)

var update = flag.Bool("update", false, "write the transcripts as they are")

// TestTranscripts plays the command lines of testdata/*.txtar ("$ …") and compares what they print: standard output as it
// is, standard error after "! ", the exit code when it is not 0. Names and digests that differ every time are replaced.
// Beside cosign there are:
//
//	push REF         puts a new image into the registry
//	index REF        puts a new image index into the registry
//	env NAME=VALUE   sets a variable
//	write FILE TEXT  writes a file
//	type TEXT        is the standard input of the next command
//	save signature REF  writes the files signature and payload.json of an image
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		file, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			if testing.Short() && filepath.Base(file) == "keys.txtar" {
				t.Skip("it encrypts a dozen keys, which is slow on purpose")
			}
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := string(archive.Files[0].Data)
			got := newSession(t).play(want)
			if *update {
				archive.Files[0].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" && !*update {
				t.Errorf("transcript (-want +got):\n%s", diff)
			}
		})
	}
}

// session is a folder, a registry and a key management service.
type session struct {
	t       *testing.T
	host    string
	env     map[string]string
	kms     service
	stdin   string
	path    string // of the real cosign to run, "" for ours
	digests []string

	inAccount bool // keys are those of the account that the environment leads to
}

// password is what private keys are encrypted with; no command prints it.
const password = "correct horse battery staple"

func newSession(t *testing.T) *session {
	t.Chdir(t.TempDir())
	server := httptest.NewServer(registry.New(registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	return &session{
		t: t, host: strings.TrimPrefix(server.URL, "http://"), kms: service{},
		env: map[string]string{passwordVariable: password},
	}
}

func (s *session) play(transcript string) string {
	var out strings.Builder
	for line := range strings.Lines(transcript) {
		command, ok := strings.CutPrefix(line, "$ ")
		if !ok {
			if strings.HasPrefix(line, "#") {
				out.WriteString(line)
			}
			continue
		}
		out.WriteString(line)
		out.WriteString(s.stable(s.run(strings.ReplaceAll(strings.TrimSpace(command), "HOST", s.host))))
	}
	return out.String()
}

// run runs one line and returns what it printed.
func (s *session) run(line string) string {
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "cosign":
		return s.cosign(strings.Fields(rest))
	case "push":
		img, err := random.Image(16, 1)
		s.check(err)
		s.check(remote.Write(s.tag(rest), img))
	case "index":
		index, err := random.Index(16, 1, 2)
		s.check(err)
		s.check(remote.WriteIndex(s.tag(rest), index))
	case "env":
		key, value, _ := strings.Cut(rest, "=")
		s.env[key] = value
	case "write":
		file, content, _ := strings.Cut(rest, " ")
		s.check(os.WriteFile(file, []byte(content), 0o600))
	case "save":
		s.save(strings.TrimPrefix(rest, "signature "))
	case "type":
		s.stdin = rest + "\n"
	default:
		s.t.Fatalf("unknown line: %s", line)
	}
	return ""
}

func (s *session) cosign(args []string) string {
	var stdout, stderr bytes.Buffer
	if s.path != "" {
		code := s.execute(args, &stdout, &stderr)
		return printed(code, &stdout, &stderr)
	}
	p := &program{
		std: process.IO{In: strings.NewReader(s.stdin), Out: &stdout, Err: &stderr}, kms: s.kms,
		now:    func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
		remote: func(context.Context) ([]remote.Option, error) { return nil, nil },
	}
	for name, value := range s.env {
		p.std.Env = append(p.std.Env, name+"="+value)
	}
	s.stdin = ""
	if s.inAccount {
		p.kms = environmentKMS{process.Own()}
	}
	out := printed(p.run(s.t.Context(), args), &stdout, &stderr)
	if strings.Contains(out, password) {
		s.t.Errorf("cosign %s prints the password:\n%s", strings.Join(args, " "), out)
	}
	return out
}

// printed is what a command printed, and its exit code, as transcripts have it.
func printed(code int, stdout, stderr *bytes.Buffer) string {
	var out strings.Builder
	for line := range strings.Lines(stderr.String()) {
		out.WriteString("! " + line)
	}
	out.Write(stdout.Bytes())
	if text := out.String(); text != "" && !strings.HasSuffix(text, "\n") {
		out.WriteByte('\n')
	}
	if code != 0 {
		fmt.Fprintf(&out, "[exit %d]\n", code)
	}
	return out.String()
}

// save keeps what `cosign download signature` prints, in files as `cosign attach signature` wants them.
func (s *session) save(reference string) {
	var printed signedPayload
	s.check(json.Unmarshal([]byte(s.cosign([]string{"download", "signature", reference})), &printed))
	s.check(os.WriteFile("signature", []byte(printed.Base64Signature), 0o600))
	s.check(os.WriteFile("payload.json", printed.Payload, 0o600))
}

func (s *session) tag(reference string) name.Tag {
	tag, err := name.NewTag(reference)
	s.check(err)
	return tag
}

func (s *session) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

var (
	digestRE    = regexp.MustCompile(`sha256[:-][0-9a-f]{64}`)
	pemRE       = regexp.MustCompile(`(?s)(-----BEGIN [A-Z ]+-----\n).*?(-----END)`)
	signatureRE = regexp.MustCompile(`"(sig|payload|Payload|Base64Signature)":"[^"]+"`)
)

// stable replaces what differs every time: digests are numbered.
func (s *session) stable(text string) string {
	text = strings.ReplaceAll(text, s.host, "HOST")
	text = pemRE.ReplaceAllString(text, "${1}…\n${2}")
	text = signatureRE.ReplaceAllString(text, `"$1":"…"`)
	return digestRE.ReplaceAllStringFunc(text, func(digest string) string {
		hex := digest[len("sha256:"):]
		if !slices.Contains(s.digests, hex) {
			s.digests = append(s.digests, hex)
		}
		return fmt.Sprintf("%sDIGEST%d", digest[:len("sha256:")], slices.Index(s.digests, hex)+1)
	})
}

// service is a key management service in memory, by URI.
type service map[string]signature.SignerVerifier

func (s service) Key(_ context.Context, uri string, _ crypto.Hash) (signature.SignerVerifier, error) {
	if key, ok := s[uri]; ok {
		return key, nil
	}
	return nil, fmt.Errorf("NotFoundException: %s is not found", uri)
}

func (s service) Create(_ context.Context, uri string) ([]byte, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if s[uri], err = signature.LoadSignerVerifier(private, crypto.SHA256); err != nil {
		return nil, err
	}
	return cryptoutils.MarshalPublicKeyToPEM(private.Public())
}
