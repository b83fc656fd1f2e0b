package aws

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Config is how SDK clients in this process reach the account's services, whatever the process's environment says.
func (a *Account) Config() []func(*config.LoadOptions) error {
	return []func(*config.LoadOptions) error{
		config.WithRegion(a.options.Region),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(AccessKeyID, SecretAccessKey, "")),
		config.WithHTTPClient(&http.Client{Transport: a.Transport()}),
		config.WithBaseEndpoint("https://kms." + a.options.Region + ".amazonaws.com"), // any of the account's services answers there
		config.WithSharedConfigFiles([]string{}),
		config.WithSharedCredentialsFiles([]string{}),
	}
}
