package awscli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWhatIsMissing: what is missing in the environment is said, with the status that the AWS CLI has for it.
func TestWhatIsMissing(t *testing.T) {
	tests := map[string]struct {
		change map[string]string
		line   string
		want   []string
	}{
		"a region on the command line": {map[string]string{"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}, "aws kms list-keys --region us-east-1",
			[]string{`"Keys": []`}},
		"a stranger asks who he is": {map[string]string{"AWS_ACCESS_KEY_ID": "AKIANOBODY"}, "aws sts get-caller-identity",
			[]string{"(InvalidClientTokenId) when calling the GetCallerIdentity operation", "[exit 254]"}},
		"the wrong secret": {map[string]string{"AWS_SECRET_ACCESS_KEY": "guess"}, "aws ecr describe-repositories",
			[]string{"(InvalidSignatureException) when calling the DescribeRepositories operation: The request signature we calculated does not match", "[exit 254]"}},
		"an output of the environment": {map[string]string{"AWS_DEFAULT_OUTPUT": "text"}, "aws sts get-caller-identity --query Account",
			[]string{"111122223333\n"}},
		"an output that is not known": {map[string]string{"AWS_DEFAULT_OUTPUT": "xml"}, "aws sts get-caller-identity",
			[]string{"xml", "[exit 252]"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			account(t)
			t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			for variable, value := range test.change {
				t.Setenv(variable, value)
			}
			got := run(t, test.line)
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("%s\nhas no %q", got, want)
				}
			}
		})
	}
}

// TestProfile: region and credentials may come from a profile of the user's files, which the environment yields to.
func TestProfile(t *testing.T) {
	account(t)
	folder := t.TempDir()
	file := func(variable, text string) {
		path := filepath.Join(folder, strings.ToLower(variable))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv(variable, path)
	}
	file("AWS_CONFIG_FILE", "[profile abroad]\nregion = eu-west-1\n")
	file("AWS_SHARED_CREDENTIALS_FILE", "[abroad]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n")
	for _, variable := range []string{"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		t.Setenv(variable, "")
	}
	const line = "aws ecr create-repository --repository-name shop --query repository.repositoryUri --profile abroad"
	if got, want := run(t, line), "\"111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop\"\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := run(t, "aws kms list-keys --profile abroad --region us-west-2 --query Keys"); got != "[]\n" {
		t.Errorf("got %s", got)
	}
}
