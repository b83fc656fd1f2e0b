package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"podsec/kube/live"
	"podsec/kube/sim/aws"
)

// accountEnvironment leads the process to an account, and to no files of the user's.
func accountEnvironment(t *testing.T, environment []string) {
	t.Helper()
	none := filepath.Join(t.TempDir(), "none")
	for _, entry := range append(environment, "AWS_CONFIG_FILE="+none, "AWS_SHARED_CREDENTIALS_FILE="+none, "AWS_PROFILE=", "AWS_SESSION_TOKEN=", "AWS_ENDPOINT_URL=") {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
}

// doctorAWS runs `podsec doctor --aws`.
func doctorAWS(t *testing.T, args ...string) (string, error) {
	t.Helper()
	command := Doctor(&Connection{}, func() ([]live.Need, error) {
		t.Error("the labs were asked what they need of a cluster")
		return nil, nil
	})
	var out bytes.Buffer
	command.SetOut(&out)
	command.SetArgs(append([]string{"--aws"}, args...))
	command.SilenceErrors, command.SilenceUsage = true, true
	err := command.ExecuteContext(t.Context())
	return out.String(), err
}

// TestDoctorAWS: the account of the environment is looked at, as text and as JSON, and the error says whether it will do.
func TestDoctorAWS(t *testing.T) {
	account := aws.New(aws.Options{})
	endpoints, err := account.Serve(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	accountEnvironment(t, endpoints.Environment)
	text, err := doctorAWS(t)
	if err != nil {
		t.Error(err)
	}
	for _, want := range []string{"ok       region        us-east-1\n", "ok       identity      account 111122223333 as arn:aws:iam::", "ok       login         https://111122223333.dkr.ecr."} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
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

// TestDoctorAWSWithoutRegion: nobody is asked when it is not known where.
func TestDoctorAWSWithoutRegion(t *testing.T) {
	accountEnvironment(t, []string{"AWS_REGION=", "AWS_DEFAULT_REGION=", "AWS_EC2_METADATA_DISABLED=true", "AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY="})
	text, err := doctorAWS(t)
	if !errors.Is(err, errUnfit) || !strings.Contains(text, "problem  region        no region is set\n") || strings.Count(text, "\n") != 2 {
		t.Errorf("%v\n%s", err, text)
	}
}
