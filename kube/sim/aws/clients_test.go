package aws_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"podsec/kube/sim/aws"
)

// calls are one call of each client, which succeed in an account with the key alias/signing.
func (c clients) calls(t *testing.T) map[string]func() error {
	return map[string]func() error{
		"DescribeKey": func() error {
			_, err := c.kms.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: sdk.String("alias/signing")})
			return err
		},
		"DescribeRepositories": func() error {
			_, err := c.ecr.DescribeRepositories(t.Context(), nil)
			return err
		},
	}
}

// TestClientsRetry: the clients of the SDK try three times, so two refusals for coming too fast are not seen, and three are.
func TestClientsRetry(t *testing.T) {
	account, _, _ := signing(t)
	c := connect(account, "us-east-1", func(config *sdk.Config) {
		config.RetryMaxAttempts = 3
		config.Retryer = func() sdk.Retryer { return retry.AddWithMaxBackoffDelay(retry.NewStandard(), time.Millisecond) }
	})
	texts := map[string]string{
		"DescribeKey":          "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
		"DescribeRepositories": "Rate exceeded",
	}
	for operation, call := range c.calls(t) {
		t.Run(operation, func(t *testing.T) {
			account.Throttle(operation, 2)
			if err := call(); err != nil {
				t.Errorf("two refusals: %v", err)
			}
			account.Throttle(operation, 3)
			wantError(t, call(), "ThrottlingException", texts[operation])
			if err := call(); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// TestClientsWithOtherCredentials: each service says in its own words that it does not know somebody.
func TestClientsWithOtherCredentials(t *testing.T) {
	account, _, _ := signing(t)
	const mismatch = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	for name, test := range map[string]struct{ key, secret, code, message string }{
		"unknown key":  {"AKIANOBODY", aws.SecretAccessKey, "UnrecognizedClientException", "The security token included in the request is invalid."},
		"wrong secret": {aws.AccessKeyID, "guess", "InvalidSignatureException", mismatch},
	} {
		t.Run(name, func(t *testing.T) {
			c := connect(account, "us-east-1", func(config *sdk.Config) {
				config.Credentials = credentials.NewStaticCredentialsProvider(test.key, test.secret, "")
			})
			for operation, call := range c.calls(t) {
				t.Run(operation, func(t *testing.T) { wantError(t, call(), test.code, test.message) })
			}
		})
	}
}

// TestRegionsAreApart: a name may be used in each region, for another key and another repository.
func TestRegionsAreApart(t *testing.T) {
	account := aws.New(aws.Options{})
	keys := map[string]bool{}
	for _, region := range []string{"us-east-1", "eu-west-1", "ap-southeast-2"} {
		c := connect(account, region)
		made := must(c.kms.CreateKey(t.Context(), &kms.CreateKeyInput{KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeSignVerify}))(t)
		must(c.kms.CreateAlias(t.Context(), &kms.CreateAliasInput{AliasName: sdk.String("alias/signing"), TargetKeyId: made.KeyMetadata.KeyId}))(t)
		public := must(c.kms.GetPublicKey(t.Context(), &kms.GetPublicKeyInput{KeyId: sdk.String("alias/signing")}))(t)
		keys[string(public.PublicKey)] = true
		repository := must(c.ecr.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: sdk.String("shop")}))(t)
		if got, want := *repository.Repository.RepositoryUri, "111122223333.dkr.ecr."+region+".amazonaws.com/shop"; got != want {
			t.Errorf("repository %s, want %s", got, want)
		}
		if list := must(c.kms.ListKeys(t.Context(), nil))(t); len(list.Keys) != 1 {
			t.Errorf("%s: %d keys", region, len(list.Keys))
		}
	}
	if len(keys) != 3 {
		t.Errorf("%d different keys", len(keys))
	}
}

// TestKeysAtOnce: keys and aliases that are made at the same time do not get in each other's way.
func TestKeysAtOnce(t *testing.T) {
	account := aws.New(aws.Options{})
	c := connect(account, "us-east-1")
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() {
			made, err := c.kms.CreateKey(t.Context(), &kms.CreateKeyInput{KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeSignVerify})
			if err != nil {
				t.Error(err)
				return
			}
			name := fmt.Sprintf("alias/key-%d", n)
			if _, err := c.kms.CreateAlias(t.Context(), &kms.CreateAliasInput{AliasName: &name, TargetKeyId: made.KeyMetadata.KeyId}); err != nil {
				t.Error(err)
				return
			}
			found, err := c.kms.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &name})
			if err != nil || *found.KeyMetadata.KeyId != *made.KeyMetadata.KeyId {
				t.Errorf("%s: %v, %v", name, found, err)
			}
		})
	}
	all.Wait()
	if list := must(c.kms.ListAliases(t.Context(), nil))(t); len(list.Aliases) != 20 {
		t.Errorf("%d aliases", len(list.Aliases))
	}
}
