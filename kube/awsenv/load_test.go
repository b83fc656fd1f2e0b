package awsenv_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/google/go-cmp/cmp"

	"podsec/kube/awsenv"
	"podsec/kube/process"
)

// whole is an environment that says everything.
func whole() []string {
	return []string{
		"AWS_ACCESS_KEY_ID=AKIA1", "AWS_SECRET_ACCESS_KEY=secret", "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-2",
		"AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_ENDPOINT_URL_KMS=http://127.0.0.1:2", "AWS_EC2_METADATA_DISABLED=true", "HOME=/nowhere",
	}
}

// TestComplete leaves something out, or adds what only the SDK understands.
func TestComplete(t *testing.T) {
	for change, want := range map[string]bool{
		"": true, "AWS_PAGER=": true, "AWS_PROFILE=": true, "AWS_SESSION_TOKEN=t": true, "OTHER=x": true, "AWS_ENDPOINT_URL_S3=http://x": false,
		"AWS_PROFILE=production": false, "AWS_ROLE_ARN=arn:aws:iam::1:role/x": false, "AWS_MAX_ATTEMPTS=1": false,
		"AWS_ACCESS_KEY_ID=": false, "AWS_SECRET_ACCESS_KEY=": false, "AWS_REGION=": true, "AWS_ENDPOINT_URL=": false,
	} {
		if got := awsenv.Complete(process.IO{Env: append(whole(), change)}); got != want {
			t.Errorf("with %q it is complete: %t", change, got)
		}
	}
	if awsenv.Complete(process.IO{Env: append(whole(), "AWS_REGION=", "AWS_DEFAULT_REGION=")}) {
		t.Error("it is complete without a region")
	}
}

// TestLoad: nothing of the process's own environment gets into a configuration, nor into the clients made of it.
func TestLoad(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_PROFILE": "production", "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIA2", "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
		"AWS_ENDPOINT_URL_KMS": "http://127.0.0.1:8", "AWS_SESSION_TOKEN": "theirs",
	} {
		t.Setenv(name, value)
	}
	type made struct{ Region, Key, Token, Address string }
	load := func(env []string, service string, options ...func(*config.LoadOptions) error) made {
		t.Helper()
		loaded, err := awsenv.Load(t.Context(), process.IO{Env: env}, service, options...)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := loaded.Credentials.Retrieve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		o := kms.NewFromConfig(loaded).Options()
		return made{o.Region, keys.AccessKeyID, keys.SessionToken, aws.ToString(o.BaseEndpoint)}
	}
	for name, test := range map[string]struct{ got, want made }{
		"KMS":        {load(whole(), "KMS"), made{"us-east-1", "AKIA1", "", "http://127.0.0.1:2"}},
		"ECR":        {load(whole(), "ECR"), made{"us-east-1", "AKIA1", "", "http://127.0.0.1:1"}},
		"the second": {load(append(whole(), "AWS_REGION=", "AWS_SESSION_TOKEN=t"), "KMS"), made{"us-east-2", "AKIA1", "t", "http://127.0.0.1:2"}},
		"options": {load(whole(), "KMS", config.WithRegion("eu-west-3"), config.WithBaseEndpoint("http://127.0.0.1:3")),
			made{"eu-west-3", "AKIA1", "", "http://127.0.0.1:3"}},
	} {
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if _, err := awsenv.Load(t.Context(), process.IO{Env: slices.Concat(whole(), []string{"AWS_PROFILE=x"})}, "KMS"); err == nil {
		t.Error("loaded without understanding it")
	}
}

// TestOwn: in its own environment a process has the SDK's configuration.
func TestOwn(t *testing.T) {
	t.Setenv("AWS_REGION", "eu-west-1")
	t.Setenv("AWS_CONFIG_FILE", "/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/none")
	t.Setenv("AWS_PROFILE", "")
	loaded, err := awsenv.Load(t.Context(), process.Own(), "KMS")
	if err != nil || loaded.Region != "eu-west-1" {
		t.Errorf("region %s, %v", loaded.Region, err)
	}
}
