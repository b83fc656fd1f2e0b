package awsenv

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"podsec/kube/process"
)

// The variables that Load understands.
const (
	keyID        = "AWS_ACCESS_KEY_ID"
	secretKey    = "AWS_SECRET_ACCESS_KEY" //nolint:gosec // the name of a variable
	sessionToken = "AWS_SESSION_TOKEN"     //nolint:gosec // the name of a variable
	region       = "AWS_REGION"
	otherRegion  = "AWS_DEFAULT_REGION"
	endpoint     = "AWS_ENDPOINT_URL"
)

// understood are the variables of AWS that Complete allows: those above, and those that change nothing once keys, region
// and endpoint are there.
var understood = []string{
	keyID, secretKey, sessionToken, region, otherRegion, endpoint,
	endpoint + "_ECR", endpoint + "_KMS", endpoint + "_STS",
	"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_EC2_METADATA_DISABLED",
	"AWS_DEFAULT_OUTPUT", "AWS_PAGER", // of the AWS CLI
	"AWS_ACCOUNT_ID", // whose they are, for scripts and services that are not asked here
}

// Complete says whether an environment holds all that Load needs to reach ECR, KMS and STS, and nothing that only the SDK
// understands, as profiles and roles are.
func Complete(env process.IO) bool {
	for _, entry := range env.Env {
		name, value, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "AWS_") && value != "" && !slices.Contains(understood, name) {
			return false
		}
	}
	for _, service := range []string{"ECR", "KMS", "STS"} {
		if address(env, service) == "" {
			return false
		}
	}
	return env.Getenv(keyID) != "" && env.Getenv(secretKey) != "" && regionOf(env) != ""
}

// Load makes the configuration for calls of a service ("KMS"). In a process's own environment it is the SDK's, made with
// options; otherwise it is what the environment says, which must be Complete. Options that are given have the last word.
func Load(ctx context.Context, env process.IO, service string, options ...func(*config.LoadOptions) error) (aws.Config, error) {
	if env.IsOwn() {
		return config.LoadDefaultConfig(ctx, options...)
	}
	if !Complete(env) {
		return aws.Config{}, errors.New("read AWS environment: it is not complete")
	}
	var given config.LoadOptions
	for _, option := range options {
		if err := option(&given); err != nil {
			return aws.Config{}, err
		}
	}
	return aws.Config{
		Region:       cmp.Or(given.Region, regionOf(env)),
		Credentials:  credentials.NewStaticCredentialsProvider(env.Getenv(keyID), env.Getenv(secretKey), env.Getenv(sessionToken)),
		BaseEndpoint: aws.String(cmp.Or(given.BaseEndpoint, address(env, service))),
	}, nil
}

// regionOf is the region that an environment names.
func regionOf(env process.IO) string { return cmp.Or(env.Getenv(region), env.Getenv(otherRegion)) }

// address is where a service answers by an environment.
func address(env process.IO, service string) string {
	return cmp.Or(env.Getenv(endpoint+"_"+service), env.Getenv(endpoint))
}
