package aws

import (
	"net/http"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Config is how SDK clients in this process reach the account's services, whatever the process's environment says.
func (a *Account) Config() sdk.Config {
	return sdk.Config{
		Region:      a.options.Region,
		Credentials: credentials.NewStaticCredentialsProvider(AccessKeyID, SecretAccessKey, ""),
		HTTPClient:  &http.Client{Transport: a.Transport()},
	}
}
