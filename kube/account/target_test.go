package account_test

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"podsec/kube/account"
	"podsec/kube/sim/aws"
	"podsec/kube/sim/aws/awstest"
)

// TestFind: whose account it is, or why it cannot be found out and what to do.
func TestFind(t *testing.T) {
	const again = "log in again: aws sso login, or aws login; keys that were exported have to be exported anew"
	for _, test := range []struct {
		name          string
		given         func(w *world)
		problem, hint string
	}{
		{name: "no region", given: func(w *world) { w.config.Region = "" }, problem: "no region is set", hint: "export AWS_REGION=us-east-1, or aws configure"},
		{name: "no credentials", given: func(w *world) { w.config.Credentials = nil }, problem: "credentials: there are none",
			hint: "aws sso login, or aws configure, or export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"},
		{name: "expired credentials", given: func(w *world) { w.config.Credentials = expired{} }, problem: "credentials: they have expired", hint: again},
		{name: "an expired token", given: func(w *world) { w.refusing("GetCallerIdentity", "ExpiredToken") }, problem: "the credentials have expired", hint: again},
		{name: "a stranger", given: func(w *world) {
			w.config.Credentials = credentials.NewStaticCredentialsProvider("AKIANOBODY", "secret", "")
		}, problem: "the credentials are not accepted: The security token included in the request is invalid.", hint: "look at the access key and its secret, and at this computer's clock"},
		{name: "a wrong secret", given: func(w *world) {
			w.config.Credentials = credentials.NewStaticCredentialsProvider(aws.AccessKeyID, "secret", "")
		}, problem: "the credentials are not accepted: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
			hint: "look at the access key and its secret, and at this computer's clock"},
		{name: "denied", given: func(w *world) { w.refusing("GetCallerIdentity", "AccessDenied") }, problem: "you may not call sts:GetCallerIdentity: told so",
			hint: "have the action sts:GetCallerIdentity allowed for you"},
		{name: "throttled", given: func(w *world) { w.refusing("GetCallerIdentity", "Throttling") }, problem: "sts:GetCallerIdentity is called too often: told so",
			hint: "wait a minute and ask again"},
		{name: "no such region", given: func(w *world) { w.refusing("GetCallerIdentity", "no such host") }, problem: "there is no server named sts.us-east-1.amazonaws.com",
			hint: "is the region's name right, and is there a network?"},
		{name: "no answer", given: func(w *world) { w.refusing("GetCallerIdentity", "") }, problem: "there is no answer to sts:GetCallerIdentity",
			hint: "is there a network, and may it reach AWS?"},
		{name: "in China", given: func(w *world) { w.refusing("GetCallerIdentity", inChina) }, problem: "the labs know the names of registries outside of China only",
			hint: "use an account of another partition"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			test.given(w)
			_, err := account.Find(t.Context(), w.config)
			var known *account.Error
			if !errors.As(err, &known) || known.Problem != test.problem || known.Hint != test.hint {
				t.Errorf("%#v", err)
			}
		})
	}
}

// TestFindAtHome: the endpoints and keys of a home folder's files lead to the account, and nothing does without them.
func TestFindAtHome(t *testing.T) {
	here := aws.New(aws.Options{Account: "444455556666", Region: "ap-southeast-2"})
	served, err := here.Serve(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	awstest.Home(t, here, served)
	config, err := account.Configuration(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found, err := account.Find(t.Context(), config)
	if err != nil || found.String() != "444455556666 in ap-southeast-2" || found.ARN == "" {
		t.Errorf("%+v, %v", found, err)
	}
	awstest.Nobody(t)
	if config, err = account.Configuration(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := account.Find(t.Context(), config); err == nil || err.Error() != "use AWS account: no region is set" {
		t.Errorf("the error is %v", err)
	}
}

// TestOpen: an account whose names somebody uses cannot be worked in, and stays as it is.
func TestOpen(t *testing.T) {
	w := newWorld(t)
	opened, err := account.Open(t.Context(), w.target(), account.OpenOptions{Names: names, Data: w.data, Private: t.TempDir()})
	w.must(err)
	t.Cleanup(func() { _ = opened.Close() })
	if reason := opened.InTheWay(); reason != "" {
		t.Errorf("in the way: %s", reason)
	}
	c := clientOf(opened.Environment())
	w.must(c.lab(t.Context()))
	w.must(opened.Reset(t.Context()))
	if left := w.content(); len(left) > 0 || opened.InTheWay() != "" {
		t.Errorf("after a reset: %v, %s", left, opened.InTheWay())
	}
	w.repository("payments", false)
	w.must(opened.Reset(t.Context()))
	if reason := opened.InTheWay(); reason != "the repository payments is in the account 111122223333 in us-east-1 already, and the workshop did not make it" {
		t.Errorf("in the way: %s", reason)
	}
	w.refusing("DescribeKey", "AccessDeniedException")
	if _, err := account.Open(t.Context(), w.target(), account.OpenOptions{Names: names, Data: w.data, Private: t.TempDir()}); err == nil ||
		err.Error() != "use AWS account: you may not call kms:DescribeKey: told so" {
		t.Errorf("the error is %v", err)
	}
}
