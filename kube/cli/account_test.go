package cli

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"podsec/kube/account"
	"podsec/kube/sim/aws/awstest"
)

// TestAccount: no account unless it is asked for, none without a cluster, and who cannot be found is told what to do.
func TestAccount(t *testing.T) {
	atHome(t)
	if found, err := (&Connection{Context: "lab"}).Account(t.Context()); found != nil || err != nil {
		t.Errorf("%v, %v", found, err)
	}
	if _, err := (&Connection{AWS: true}).Account(t.Context()); !errors.Is(err, errNoCluster) {
		t.Errorf("without a cluster: %v", err)
	}
	asked := &Connection{Context: "lab", AWS: true}
	found, err := asked.Account(t.Context())
	if err != nil || found.String() != "444455556666 in eu-west-1" {
		t.Fatalf("%v, %v", found, err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIANOBODY")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "guess")
	if _, err := asked.Account(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "use AWS account: the credentials are not accepted: ") ||
		!strings.Contains(err.Error(), "\nhint: look at the access key") || strings.Contains(err.Error(), "guess") {
		t.Errorf("a stranger: %v", err)
	}
}

// TestConfirmAccount: the user sees number and region, and types the number.
func TestConfirmAccount(t *testing.T) {
	target := &account.Target{ID: "444455556666", Region: "eu-west-1", ARN: "arn:aws:iam::444455556666:user/ann"}
	for name, test := range map[string]struct {
		typed string
		yes   bool
		err   error
	}{
		"typed":          {typed: "444455556666\n"},
		"without enter":  {typed: "444455556666"},
		"something else": {typed: "yes\n", err: errNotConfirmed},
		"nothing":        {err: errNotConfirmed},
		"yes":            {yes: true},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			c := Connection{Yes: test.yes}
			if err := c.ConfirmAccount(target, "make a key in", strings.NewReader(test.typed), &out); !errors.Is(err, test.err) {
				t.Errorf("error %v, want %v", err, test.err)
			}
			if !strings.Contains(out.String(), "make a key in this AWS account:\n  account  444455556666\n  region   eu-west-1\n") {
				t.Errorf("it does not say which account:\n%s", out.String())
			}
		})
	}
}

// TestConfirmBoth: the answers to two questions may come in one piece, as from a pipe.
func TestConfirmBoth(t *testing.T) {
	in, out := strings.NewReader("lab\n444455556666\n"), &bytes.Buffer{}
	c := Connection{Context: "podsec", Kubeconfig: simulatedKubeconfig(t)}
	target, err := c.Target()
	if err != nil {
		t.Fatal(err)
	}
	target.Context = "lab"
	if err := c.Confirm(t.Context(), target, "run labs on", in, out); err != nil {
		t.Fatal(err)
	}
	if err := c.ConfirmAccount(&account.Target{ID: "444455556666"}, "work in", in, out); err != nil {
		t.Error(err)
	}
}

// makeInAccount makes a key and a repository as a lab does.
func makeInAccount(t *testing.T, data string) {
	t.Helper()
	target, err := findAccount(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ledger, err := account.OpenLedger(data, target)
	if err != nil {
		t.Fatal(err)
	}
	defer ledger.Close() //nolint:errcheck // the test is over
	gate, err := account.NewGate(t.Context(), target, ledger, account.GateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Close() //nolint:errcheck // the test is over
	for _, entry := range gate.Environment() {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
	through, err := account.Configuration(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	made, err := kms.NewFromConfig(through).CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kms.NewFromConfig(through).CreateAlias(t.Context(), &kms.CreateAliasInput{AliasName: sdk.String("alias/mine"), TargetKeyId: made.KeyMetadata.KeyId}); err != nil {
		t.Fatal(err)
	}
	if _, err := ecr.NewFromConfig(through).CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: sdk.String("payments")}); err != nil {
		t.Fatal(err)
	}
}

// TestCleanAWS: without a cluster the account alone is cleaned, after it was shown and agreed to.
func TestCleanAWS(t *testing.T) {
	data := t.TempDir()
	atHome(t)
	clean := func(c *Connection, args ...string) (string, error) {
		return execute(t, Clean(c, func() string { return data }), args...)
	}
	asked, agreed := &Connection{AWS: true}, &Connection{AWS: true, Yes: true}
	const nothing = "Nothing of the workshop is in the AWS account 444455556666 in eu-west-1.\n"
	if out, err := clean(asked); err != nil || out != nothing {
		t.Errorf("where nothing is: %v\n%s", err, out)
	}
	t.Run("a lab", func(t *testing.T) { makeInAccount(t, data) })
	plan, err := clean(asked, "--dry-run")
	if err != nil || !strings.HasPrefix(plan, "  KMS alias alias/mine\n  KMS key ") || !strings.HasSuffix(plan, "  ECR repository payments, with its images\n") {
		t.Errorf("dry run: %v\n%s", err, plan)
	}
	out, err := clean(asked)
	if !errors.Is(err, errNotConfirmed) || !strings.HasPrefix(out, plan) || !strings.Contains(out, "account  444455556666") {
		t.Errorf("without agreement: %v\n%s", err, out)
	}
	if again, _ := clean(asked, "--dry-run"); again != plan {
		t.Errorf("something was removed:\n%s", again)
	}
	out, err = clean(agreed)
	if err != nil || strings.Count(out, "\nremoved ") != 3 || !strings.HasSuffix(out, "Nothing of the workshop is left in the AWS account 444455556666 in eu-west-1.\n") {
		t.Errorf("clean: %v\n%s", err, out)
	}
	if out, err := clean(asked); err != nil || out != nothing {
		t.Errorf("afterwards: %v\n%s", err, out)
	}
}

// TestCleanAWSForgets: a ledger of what is gone already is emptied, but not by a dry run.
func TestCleanAWSForgets(t *testing.T) {
	data := t.TempDir()
	atHome(t)
	ledger, err := account.OpenLedger(data, &account.Target{ID: "444455556666", Region: "eu-west-1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := ledger.Write(account.Entry{Kind: account.KindRepository, Name: "payments", Mark: "M"}); err != nil {
		t.Fatal(err)
	}
	if err := ledger.Close(); err != nil {
		t.Fatal(err)
	}
	checkForgotten(t, data, "--dry-run=true", 1)
	checkForgotten(t, data, "--dry-run=false", 0)
}

// checkForgotten cleans an account where nothing is, and counts the ledgers that have something in them afterwards.
func checkForgotten(t *testing.T, data, arg string, left int) {
	t.Helper()
	out, err := execute(t, Clean(&Connection{AWS: true}, func() string { return data }), arg)
	if err != nil || !strings.HasPrefix(out, "Nothing of the workshop is in the AWS account ") {
		t.Errorf("%s: %v\n%s", arg, err, out)
	}
	if places, err := account.Places(data); err != nil || len(places) != left {
		t.Errorf("%s: %v, %v", arg, places, err)
	}
}

// TestCleanMentionsAccounts: who cleans a cluster, or another account, is told where else there is something.
func TestCleanMentionsAccounts(t *testing.T) {
	data := t.TempDir()
	there := &account.Target{ID: "999999999999", Region: "us-west-2"}
	ledger, err := account.OpenLedger(data, there)
	if err != nil {
		t.Fatal(err)
	}
	if err := ledger.Write(account.Entry{Kind: account.KindRepository, Name: "payments", Mark: "M"}); err != nil {
		t.Fatal(err)
	}
	if err := ledger.Close(); err != nil {
		t.Fatal(err)
	}
	const mention = "The ledger has something in the AWS account 999999999999 in us-west-2. To look for it and remove it: AWS_REGION=us-west-2 podsec clean --aws\n"
	atHome(t)
	cluster := simulatedKubeconfig(t)
	for name, c := range map[string]*Connection{
		"another account": {AWS: true},
		"a cluster":       {Context: "podsec", Kubeconfig: cluster},
		"both":            {Context: "podsec", Kubeconfig: cluster, AWS: true},
	} {
		out, err := execute(t, Clean(c, func() string { return data }))
		if err != nil || !strings.HasSuffix(out, mention) || strings.Count(out, mention) != 1 {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// accountEnvironment leads the process to an account, and to no files of the user's.
func accountEnvironment(t *testing.T, environment []string) {
	t.Helper()
	awstest.Nobody(t)
	for _, entry := range environment {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
}
