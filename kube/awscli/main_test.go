package awscli_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"podsec/kube/awscli"
)

func TestLoginPassword(t *testing.T) {
	account(t)
	password := run(t, "aws ecr get-login-password")
	if len(strings.TrimSpace(password)) < 32 || strings.Count(password, "\n") != 1 {
		t.Errorf("got %q", password)
	}
	if again := run(t, "aws ecr get-login-password --region us-east-1"); again == password {
		t.Error("the same password twice")
	}
}

// TestSignAndVerify passes a signature from one command to the other, as text and in files.
func TestSignAndVerify(t *testing.T) {
	account(t)
	run(t, "aws kms create-key --key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY")
	id := "00000000-0000-4000-8000-000000000001"
	file := filepath.Join(t.TempDir(), "message")
	if err := os.WriteFile(file, []byte("message"), 0o600); err != nil {
		t.Fatal(err)
	}
	signature := strings.TrimSpace(run(t, fmt.Sprintf("aws kms sign --key-id %s --message fileb://%s --message-type RAW --signing-algorithm ECDSA_SHA_256 --query Signature --output text", id, file)))
	verify := "aws kms verify --key-id %s --message %s --signature %s --signing-algorithm ECDSA_SHA_256 --query SignatureValid"
	if got := run(t, fmt.Sprintf(verify, id, base64.StdEncoding.EncodeToString([]byte("message")), signature)); got != "true\n" {
		t.Errorf("got %q", got)
	}
	want := "\naws: [ERROR]: An error occurred (KMSInvalidSignatureException) when calling the Verify operation: None\n[exit 254]\n"
	if got := run(t, fmt.Sprintf(verify, id, base64.StdEncoding.EncodeToString([]byte("other")), signature)); got != want {
		t.Errorf("got %q", got)
	}
}

// TestPages lists more than a page holds.
func TestPages(t *testing.T) {
	account(t)
	for range 5 {
		run(t, "aws kms create-key")
	}
	if got := run(t, "aws kms list-keys --limit 2 --query 'length(Keys)'"); got != "5\n" {
		t.Errorf("got %s keys", got)
	}
}

func TestEnvironment(t *testing.T) {
	tests := map[string]struct{ name, value, want string }{
		"no region":      {"AWS_REGION", "", "\naws: [ERROR]: An error occurred (NoRegion): You must specify a region. You can also configure your region by running \"aws configure\".\n[exit 253]\n"},
		"no credentials": {"AWS_ACCESS_KEY_ID", "", "\naws: [ERROR]: An error occurred (NoCredentials): Unable to locate credentials. You can configure credentials by running \"aws login\".\n[exit 253]\n"},
		"other key":      {"AWS_ACCESS_KEY_ID", "AKIANOBODY", "\naws: [ERROR]: An error occurred (UnrecognizedClientException) when calling the ListKeys operation: The security token included in the request is invalid.\n[exit 254]\n"},
		"no endpoint":    {"AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:1", "\naws: [ERROR]: Could not connect to the endpoint URL: \"http://127.0.0.1:1/\"\n[exit 255]\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			account(t)
			t.Setenv("AWS_MAX_ATTEMPTS", "1")
			if test.name == "AWS_REGION" {
				t.Setenv("AWS_DEFAULT_REGION", "")
			}
			t.Setenv(test.name, test.value)
			if got := run(t, "aws kms list-keys"); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestThrottling(t *testing.T) {
	account(t).Throttle("ListKeys", 5)
	t.Setenv("AWS_MAX_ATTEMPTS", "2")
	want := "\naws: [ERROR]: An error occurred (ThrottlingException) when calling the ListKeys operation (reached max retries: 1): You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.\n[exit 254]\n"
	if got := run(t, "aws kms list-keys"); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestErrorsGoToStderr(t *testing.T) {
	account(t)
	var stdout, stderr bytes.Buffer
	args := []string{"ecr", "list-images", "--repository-name", "none"}
	status := awscli.Main(t.Context(), args, given(args, &stdout, &stderr))
	if status != 254 || stdout.Len() > 0 || !strings.Contains(stderr.String(), "RepositoryNotFoundException") {
		t.Errorf("status %d, stdout %q, stderr %q", status, stdout.String(), stderr.String())
	}
}
