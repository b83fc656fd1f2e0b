package aws_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"podsec/kube/sim/aws"
)

// clients are the real SDK's clients on an account.
type clients struct {
	kms *kms.Client
	ecr *ecr.Client
	sts *sts.Client
}

// connect makes clients that reach an account in process, in a region.
func connect(account *aws.Account, region string, change ...func(*sdk.Config)) clients {
	config := sdk.Config{
		Region:           region,
		Credentials:      credentials.NewStaticCredentialsProvider(aws.AccessKeyID, aws.SecretAccessKey, ""),
		HTTPClient:       &http.Client{Transport: account.Transport()},
		RetryMaxAttempts: 1,
	}
	for _, f := range change {
		f(&config)
	}
	return clients{kms.NewFromConfig(config), ecr.NewFromConfig(config), sts.NewFromConfig(config)}
}

// clock is a clock that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newClock() *clock { return &clock{time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)} }

// wantError checks the type and text of an error of AWS.
func wantError(t *testing.T, err error, code, message string) {
	t.Helper()
	var got smithy.APIError
	if !errors.As(err, &got) {
		t.Fatalf("got %v, want %s", err, code)
	}
	if got.ErrorCode() != code || got.ErrorMessage() != message {
		t.Errorf("got %s: %q\nwant %s: %q", got.ErrorCode(), got.ErrorMessage(), code, message)
	}
}

func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func TestCallerIdentity(t *testing.T) {
	account := aws.New(aws.Options{})
	got := must(connect(account, "us-east-1").sts.GetCallerIdentity(t.Context(), nil))(t)
	if *got.Account != "111122223333" || *got.Arn != "arn:aws:iam::111122223333:user/workshop" {
		t.Errorf("got account %s, ARN %s", *got.Account, *got.Arn)
	}
}

func TestCredentials(t *testing.T) {
	static := func(key, secret string) func(*sdk.Config) {
		return func(c *sdk.Config) { c.Credentials = credentials.NewStaticCredentialsProvider(key, secret, "") }
	}
	mismatch := "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	tests := map[string]struct {
		change           func(*sdk.Config)
		kms, sts, detail string
	}{
		"unknown key":  {static("AKIANOBODY", "x"), "UnrecognizedClientException", "InvalidClientTokenId", "The security token included in the request is invalid."},
		"wrong secret": {static(aws.AccessKeyID, "x"), "InvalidSignatureException", "SignatureDoesNotMatch", mismatch},
		"none":         {func(c *sdk.Config) { c.Credentials = sdk.AnonymousCredentials{} }, "MissingAuthenticationTokenException", "MissingAuthenticationToken", "Missing Authentication Token"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := connect(aws.New(aws.Options{}), "us-east-1", test.change)
			_, err := c.kms.ListKeys(t.Context(), nil)
			wantError(t, err, test.kms, test.detail)
			_, err = c.sts.GetCallerIdentity(t.Context(), nil)
			wantError(t, err, test.sts, test.detail)
		})
	}
}

func TestUnknownOperation(t *testing.T) {
	c := connect(aws.New(aws.Options{}), "us-east-1")
	_, err := c.kms.GenerateRandom(t.Context(), &kms.GenerateRandomInput{NumberOfBytes: sdk.Int32(8)})
	wantError(t, err, "UnknownOperationException", "UnknownError") // the SDK's word for no text
}

func TestThrottling(t *testing.T) {
	account := aws.New(aws.Options{})
	account.Throttle("ListKeys", 2)
	c := connect(account, "us-east-1")
	for range 2 {
		_, err := c.kms.ListKeys(t.Context(), nil)
		wantError(t, err, "ThrottlingException", "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.")
	}
	must(c.kms.ListKeys(t.Context(), nil))(t)
	account.Throttle("ListKeys", 1)
	patient := connect(account, "us-east-1", func(c *sdk.Config) { c.RetryMaxAttempts = 3 })
	must(patient.kms.ListKeys(t.Context(), nil))(t) // the SDK tries again by itself
}

func TestTransportKnowsOnlyTheAccount(t *testing.T) {
	client := &http.Client{Transport: aws.New(aws.Options{}).Transport()}
	request := must(http.NewRequestWithContext(t.Context(), http.MethodGet, "https://registry.example/v2/", nil))(t)
	response, err := client.Do(request)
	if err == nil {
		response.Body.Close()
		t.Fatal("a name that does not exist was answered")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := connect(aws.New(aws.Options{}), "us-east-1").kms.ListKeys(ended, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a request that was ended gave %v", err)
	}
}

// TestServe uses the account as other processes do: over loopback, found through the environment.
func TestServe(t *testing.T) {
	account := aws.New(aws.Options{Region: "eu-west-1"})
	endpoints, err := account.Serve(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := connect(account, "eu-west-1", func(c *sdk.Config) {
		c.HTTPClient, c.BaseEndpoint = nil, sdk.String(endpoints.URL)
	})
	created := must(c.kms.CreateKey(t.Context(), &kms.CreateKeyInput{KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY"}))(t)
	listed := must(connect(account, "eu-west-1").kms.ListKeys(t.Context(), nil))(t)
	if len(listed.Keys) != 1 || *listed.Keys[0].KeyId != *created.KeyMetadata.KeyId {
		t.Errorf("in process there is %v, over loopback %v was made", listed.Keys, *created.KeyMetadata.KeyId)
	}
	must(c.sts.GetCallerIdentity(t.Context(), nil))(t)
	must(c.ecr.GetAuthorizationToken(t.Context(), nil))(t)
}
