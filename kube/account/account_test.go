package account_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"podsec/kube/account"
	"podsec/kube/live"
	"podsec/kube/sim/aws"
)

var names = account.WorkshopNames()

// world is a simulated account, some of whose answers are replaced.
type world struct {
	*testing.T
	account *aws.Account
	config  sdk.Config
	data    string            // the learner's folder
	refuse  map[string]string // error code by operation ("Sign"), "" for an answer that does not come

	mu            sync.Mutex
	before        func(operation string) // is called before an answer, nil for nothing
	asked         []string               // operations
	authorization string                 // of the last request
	lose          string                 // the operation that is done, but whose answer does not come
}

// inChina stands in place of an error code, for an account of that partition.
const inChina = "aws-cn"

func newWorld(t *testing.T) *world {
	w := &world{T: t, account: aws.New(aws.Options{}), data: t.TempDir(), refuse: map[string]string{}}
	w.config = w.account.Config()
	w.config.RetryMaxAttempts = 1
	w.config.HTTPClient = &http.Client{Transport: w}
	return w
}

// RoundTrip implements http.RoundTripper.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if operation == "" {
		operation = "GetCallerIdentity"
	}
	w.mu.Lock()
	w.asked, w.authorization = append(w.asked, operation), r.Header.Get("Authorization")
	if w.before != nil {
		w.before(operation)
	}
	w.mu.Unlock()
	code, refused := w.refuse[operation]
	switch {
	case operation == w.lose:
		_, _ = w.account.Transport().RoundTrip(r)
		return nil, io.ErrUnexpectedEOF
	case !refused:
		return w.account.Transport().RoundTrip(r)
	case code == "no such host":
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: code, Name: r.URL.Hostname()}}
	case code == "":
		return nil, context.DeadlineExceeded
	}
	body, mediaType, status := `{"__type":"`+code+`","message":"told so"}`, "application/x-amz-json-1.1", http.StatusBadRequest
	if operation == "GetCallerIdentity" {
		body, mediaType = `<ErrorResponse><Error><Code>`+code+`</Code><Message>told so</Message></Error></ErrorResponse>`, "text/xml"
	}
	if code == inChina {
		body, status = `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account><Arn>arn:aws-cn:iam::111122223333:user/me</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`, http.StatusOK
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {mediaType}},
		Body: io.NopCloser(bytes.NewReader([]byte(body))), Request: r,
	}, nil
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// key makes a key with the first of the lab's aliases. ours writes it into the ledger.
func (w *world) key(spec types.KeySpec, usage types.KeyUsageType, ours bool) (id *string) {
	return w.keyNamed(names.Aliases[0], spec, usage, ours)
}

func (w *world) keyNamed(alias string, spec types.KeySpec, usage types.KeyUsageType, ours bool) (id *string) {
	client := kms.NewFromConfig(w.account.Config())
	made, err := client.CreateKey(w.Context(), &kms.CreateKeyInput{KeySpec: spec, KeyUsage: usage})
	w.must(err)
	_, err = client.CreateAlias(w.Context(), &kms.CreateAliasInput{AliasName: &alias, TargetKeyId: made.KeyMetadata.KeyId})
	w.must(err)
	if ours {
		w.note(account.Entry{Kind: account.KindKey, Mark: "M", ID: *made.KeyMetadata.KeyId})
	}
	return made.KeyMetadata.KeyId
}

// repository makes one of the lab's repositories. ours writes it into the ledger.
func (w *world) repository(name string, ours bool) {
	_, err := ecr.NewFromConfig(w.account.Config()).CreateRepository(w.Context(), &ecr.CreateRepositoryInput{
		RepositoryName: &name, Tags: []ecrtypes.Tag{{Key: sdk.String(account.Tag), Value: sdk.String("M")}},
	})
	w.must(err)
	if ours {
		w.note(account.Entry{Kind: account.KindRepository, Name: name, Mark: "M"})
	}
}

// target is the account as Find finds it.
func (w *world) target() *account.Target {
	found, err := account.Find(w.Context(), w.account.Config())
	w.must(err)
	found.Config = w.config
	return found
}

// ledger opens the account's ledger.
func (w *world) ledger() *account.Ledger {
	l, err := account.OpenLedger(w.data, w.target())
	w.must(err)
	w.Cleanup(func() { _ = l.Close() })
	return l
}

func (w *world) note(e account.Entry) { w.must(w.ledger().Write(e)) }

func (w *world) refusing(operation, code string) { w.refuse[operation] = code }

// examinations are accounts and what is found out about them.
var examinations = []struct {
	name   string
	given  func(w *world)
	about  string // of the finding to look for
	level  live.Level
	text   string // part of it
	last   string // what the last finding is about
	silent string // an operation that is not asked for
}{
	{name: "all is well", given: func(*world) {}, about: "identity", level: live.Fine,
		text: "account 111122223333 as arn:aws:iam::111122223333:", last: "Kyverno", silent: "Sign"},
	{name: "no region", given: func(w *world) { w.config.Region = "" }, about: "region", level: live.Problem,
		text: "no region is set", last: "region", silent: "GetCallerIdentity"},
	{name: "no credentials", given: func(w *world) { w.config.Credentials = nil }, about: "credentials", level: live.Problem,
		text: "there are none", last: "credentials", silent: "GetCallerIdentity"},
	{name: "credentials that cannot be had", given: func(w *world) { w.config.Credentials = failing{} }, about: "credentials",
		level: live.Problem, text: "there are none: no file", last: "credentials", silent: "GetCallerIdentity"},
	{name: "expired credentials", given: func(w *world) { w.config.Credentials = expired{} }, about: "credentials",
		level: live.Problem, text: "they have expired", last: "credentials", silent: "GetCallerIdentity"},
	{name: "a stranger's credentials", given: func(w *world) {
		w.config.Credentials = credentials.NewStaticCredentialsProvider("AKIANOBODY", "secret", "")
	}, about: "identity", level: live.Problem, text: "the credentials are not accepted", last: "identity", silent: "ListAliases"},
	{name: "a token that expired", given: func(w *world) { w.refusing("GetCallerIdentity", "ExpiredToken") }, about: "identity",
		level: live.Problem, text: "the credentials have expired", last: "identity", silent: "ListAliases"},
	{name: "no such region", given: func(w *world) { w.refusing("GetCallerIdentity", "no such host") }, about: "identity",
		level: live.Problem, text: "there is no server named sts.us-east-1.amazonaws.com", last: "identity", silent: "ListAliases"},
	{name: "no answer", given: func(w *world) { w.refusing("GetCallerIdentity", "") }, about: "identity",
		level: live.Problem, text: "there is no answer to sts:GetCallerIdentity", last: "identity", silent: "ListAliases"},
	{name: "no KMS", given: func(w *world) { w.refusing("ListAliases", "AccessDeniedException") }, about: "KMS",
		level: live.Problem, text: "you may not call kms:ListAliases: told so", last: "Kyverno", silent: "DescribeKey"},
	{name: "asked too often", given: func(w *world) { w.account.Throttle("ListAliases", 5) }, about: "KMS",
		level: live.Warning, text: "kms:ListAliases is called too often", last: "Kyverno"},
	{name: "somebody's key", given: func(w *world) { w.key(types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify, false) }, about: "key",
		level: live.Problem, text: "alias/image-signing-cosign exists and the workshop did not make it", last: "Kyverno", silent: "Sign"},
	{name: "a key of an earlier run", given: func(w *world) { w.key(types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify, true) }, about: "key",
		level: live.Note, text: "alias/image-signing-cosign is left of an earlier run", last: "Kyverno"},
	{name: "free names", given: func(*world) {}, about: "key", level: live.Fine,
		text: "alias/image-signing-cosign and alias/image-signing-second are free", last: "Kyverno", silent: "Sign"},
	{name: "somebody's second key", given: func(w *world) {
		w.keyNamed("alias/image-signing-second", types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify, false)
	}, about: "key", level: live.Problem, text: "alias/image-signing-second exists and the workshop did not make it", last: "Kyverno", silent: "Sign"},
	{name: "a second key of an earlier run", given: func(w *world) {
		w.keyNamed("alias/image-signing-second", types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify, true)
	}, about: "key", level: live.Note, text: "alias/image-signing-second is left of an earlier run", last: "Kyverno"},
	{name: "an account in China", given: func(w *world) { w.refusing("GetCallerIdentity", inChina) }, about: "identity",
		level: live.Problem, text: "the labs know the names of registries outside of China only", last: "identity", silent: "ListAliases"},
	{name: "a key that may not sign", given: func(w *world) {
		w.key(types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify, true)
		w.refusing("Sign", "AccessDeniedException")
	}, about: "key", level: live.Problem, text: "you may not call kms:Sign", last: "Kyverno"},
	{name: "a key that may not be read", given: func(w *world) {
		w.key(types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify, true)
		w.refusing("GetPublicKey", "AccessDeniedException")
	}, about: "key", level: live.Problem, text: "you may not call kms:GetPublicKey", last: "Kyverno", silent: "Sign"},
	{name: "a disabled key of an earlier run", given: func(w *world) {
		id := w.key(types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify, true)
		_, err := kms.NewFromConfig(w.account.Config()).DisableKey(w.Context(), &kms.DisableKeyInput{KeyId: id})
		w.must(err)
	}, about: "key", level: live.Note, text: "is left of an earlier run", last: "Kyverno", silent: "Sign"},
	{name: "an unknown error", given: func(w *world) { w.refusing("DescribeKey", "InternalFailure") }, about: "key",
		level: live.Problem, text: "kms:DescribeKey: told so", last: "Kyverno"},
	{name: "no ECR", given: func(w *world) { w.refusing("DescribeRepositories", "AccessDeniedException") }, about: "ECR",
		level: live.Problem, text: "you may not call ecr:DescribeRepositories", last: "Kyverno"},
	{name: "somebody's repository", given: func(w *world) { w.repository("payments", false) }, about: "repository",
		level: live.Problem, text: "payments exists and the workshop did not make it", last: "Kyverno"},
	{name: "a repository of an earlier run", given: func(w *world) { w.repository("supply-chain-security", true) }, about: "repository",
		level: live.Note, text: "supply-chain-security is left of an earlier run", last: "Kyverno"},
	{name: "a repository with the name of one that is gone", given: func(w *world) {
		w.repository("payments", false)
		w.note(account.Entry{Kind: account.KindRepository, Name: "payments", Mark: "another"})
	}, about: "repository", level: live.Problem, text: "payments exists and the workshop did not make it", last: "Kyverno"},
	{name: "tags that may not be seen", given: func(w *world) {
		w.repository("payments", true)
		w.refusing("ListTagsForResource", "AccessDeniedException")
	}, about: "repository", level: live.Problem, text: "you may not call ecr:ListTagsForResource", last: "Kyverno"},
	{name: "no login", given: func(w *world) { w.refusing("GetAuthorizationToken", "AccessDeniedException") }, about: "login",
		level: live.Problem, text: "you may not call ecr:GetAuthorizationToken", last: "Kyverno"},
}

// TestExamine: each thing that is missing is found, with what to do about it, and what depends on it is not asked.
func TestExamine(t *testing.T) {
	for _, test := range examinations {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			test.given(w)
			w.asked = nil
			found := account.Examine(t.Context(), w.config, names, w.data)
			if last := found[len(found)-1].About; last != test.last {
				t.Errorf("the last finding is about %s, want %s: %+v", last, test.last, found)
			}
			looked := false
			for _, f := range found {
				if f.Level == live.Problem && f.Hint == "" && f.Text != test.text {
					t.Errorf("no hint: %+v", f)
				}
				if f.About != test.about {
					if f.Level == live.Problem {
						t.Errorf("another problem: %+v", f)
					}
					continue
				}
				looked = true
				if f.Level != test.level || !strings.Contains(f.Text, test.text) {
					t.Errorf("found %s %s, want %s %s", f.Level, f.Text, test.level, test.text)
				}
			}
			if !looked {
				t.Errorf("nothing about %s in %+v", test.about, found)
			}
			for _, operation := range w.asked {
				if operation == test.silent {
					t.Errorf("%s was asked", operation)
				}
			}
		})
	}
}

// TestExamineChangesNothing: an examination leaves the account as it was, and asks only what changes nothing.
func TestExamineChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.key(types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify, true)
	w.asked = nil
	account.Examine(t.Context(), w.config, names, w.data)
	for _, operation := range w.asked {
		switch operation {
		case "GetCallerIdentity", "ListAliases", "DescribeKey", "GetPublicKey", "Sign", "DescribeRepositories", "GetAuthorizationToken":
		default:
			t.Errorf("%s was asked", operation)
		}
	}
}

// failing are credentials that cannot be had.
type failing struct{}

// Retrieve implements aws.CredentialsProvider.
func (failing) Retrieve(context.Context) (sdk.Credentials, error) {
	return sdk.Credentials{}, errors.New("no file\nnor anything else")
}

// expired are credentials from yesterday.
type expired struct{}

// Retrieve implements aws.CredentialsProvider.
func (expired) Retrieve(context.Context) (sdk.Credentials, error) {
	return sdk.Credentials{AccessKeyID: "A", SecretAccessKey: "B", CanExpire: true, Expires: time.Now().Add(-24 * time.Hour)}, nil
}
