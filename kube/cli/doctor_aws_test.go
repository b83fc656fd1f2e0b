package cli

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"podsec/kube/live"
	"podsec/kube/sim"
	"podsec/kube/sim/aws"
	"podsec/kube/sim/aws/awstest"
)

// atHome makes the process's user that of an account on loopback.
func atHome(t *testing.T) *aws.Account {
	t.Helper()
	account := aws.New(aws.Options{Account: "444455556666", Region: "eu-west-1"})
	served, err := account.Serve(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	awstest.Home(t, account, served)
	return account
}

// doctorAWS runs `podsec doctor --aws` without a cluster.
func doctorAWS(t *testing.T, args ...string) (string, error) {
	t.Helper()
	return execute(t, Doctor(&Connection{AWS: true}, func() ([]live.Need, error) {
		t.Error("the labs were asked what they need of a cluster")
		return nil, nil
	}, t.TempDir), args...)
}

// TestDoctorAWS: the account of the environment is looked at, as text and as JSON, and the error says whether it will do.
func TestDoctorAWS(t *testing.T) {
	atHome(t)
	text, err := doctorAWS(t)
	if err != nil {
		t.Error(err)
	}
	for _, want := range []string{
		"ok       region        eu-west-1\n", "ok       identity      account 444455556666 as arn:aws:iam::",
		"ok       login         https://444455556666.dkr.ecr.", "kms:CreateKey, kms:TagResource", "note     Kyverno       in a cluster it needs ecr:GetAuthorizationToken",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	t.Setenv("AWS_ACCESS_KEY_ID", aws.AccessKeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", "wrong")
	printed, err := doctorAWS(t, "--output", "json")
	if !errors.Is(err, errUnfit) {
		t.Errorf("the error is %v", err)
	}
	var findings []live.Finding
	if err := json.Unmarshal([]byte(printed), &findings); err != nil {
		t.Fatalf("%v in\n%s", err, printed)
	}
	if last := findings[len(findings)-1]; last.Level != live.Problem || last.About != "identity" || last.Hint == "" {
		t.Errorf("the last finding is %+v", last)
	}
	if strings.Contains(printed+text, aws.SecretAccessKey) {
		t.Error("the secret key is printed")
	}
	if _, err := doctorAWS(t, "--output", "yaml"); err == nil || !strings.Contains(err.Error(), "not one of text, json") {
		t.Errorf("the error is %v", err)
	}
}

// TestDoctorAWSOfNobody: nobody is asked when it is not known where, or as whom.
func TestDoctorAWSOfNobody(t *testing.T) {
	awstest.Nobody(t)
	text, err := doctorAWS(t)
	if !errors.Is(err, errUnfit) || !strings.Contains(text, "problem  region        no region is set\n") || strings.Count(text, "\n") != 2 {
		t.Errorf("%v\n%s", err, text)
	}
	t.Setenv("AWS_REGION", "us-east-1")
	if text, err = doctorAWS(t); !errors.Is(err, errUnfit) || !strings.Contains(text, "problem  credentials   there are none: ") || !strings.Contains(text, "→ aws sso login") {
		t.Errorf("%v\n%s", err, text)
	}
	t.Setenv("AWS_PROFILE", "absent")
	if _, err = doctorAWS(t); err == nil || err.Error() != "use AWS account: there is no profile absent\nhint: aws configure list-profiles; AWS_PROFILE chooses one of them" {
		t.Errorf("the error is %v", err)
	}
}

// TestDoctorOfBoth: with a cluster named, the doctor looks at both and at how one gets at the other.
func TestDoctorOfBoth(t *testing.T) {
	atHome(t)
	cluster, err := sim.Start(t.Context(), sim.Options{Start: sim.Baseline{Kyverno: true}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cluster.Close() })
	c := &Connection{Context: "podsec", Kubeconfig: cluster.Kubeconfig(), AWS: true}
	text, err := execute(t, Doctor(c, func() ([]live.Need, error) { return nil, nil }, t.TempDir))
	if err != nil {
		t.Error(err)
	}
	for _, want := range []string{"ok       server        Kubernetes ", "ok       identity      account 444455556666", "its service account kyverno-admission-controller is annotated with no role"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// TestElsewhere: the names of EKS's servers say which region a cluster is in.
func TestElsewhere(t *testing.T) {
	for server, want := range map[string]string{
		"https://ABC123.gr7.us-east-1.eks.amazonaws.com":     "",
		"https://ABC123.sk1.eu-west-1.eks.amazonaws.com:443": "the cluster is in eu-west-1, and images would be in us-east-1",
		"https://127.0.0.1:6443":                             "",
	} {
		got := ""
		for _, f := range elsewhere(&live.Target{Server: server}, "us-east-1") {
			got = f.Text
		}
		if got != want {
			t.Errorf("%s: %q", server, got)
		}
	}
}
