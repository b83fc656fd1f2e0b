package cli

import (
	"context"
	"fmt"
	"io"

	"podsec/kube/sim/aws"
)

// accountOptions say whether and where to serve a simulated AWS account.
type accountOptions struct {
	serve  bool
	listen string
}

// start serves an account with the images of the labs until ctx ends; nil if none is wanted.
func (o accountOptions) start(ctx context.Context) (*aws.Account, aws.Endpoints, error) {
	if !o.serve {
		return nil, aws.Endpoints{}, nil
	}
	images, err := aws.LabImages()
	if err != nil {
		return nil, aws.Endpoints{}, err
	}
	account := aws.New(aws.Options{})
	if err := account.Seed(images...); err != nil {
		return nil, aws.Endpoints{}, err
	}
	endpoints, err := account.Serve(ctx, o.listen)
	return account, endpoints, err
}

// printAccount says how to point podsec's own commands and the real ones at an account.
func printAccount(out io.Writer, account *aws.Account, endpoints aws.Endpoints) {
	fmt.Fprintf(out, "\nSimulated AWS account %s in %s at %s.\n\n", account.ID(), account.Region(), endpoints.URL)
	for _, entry := range endpoints.Environment {
		fmt.Fprintf(out, "  export '%s'\n", entry)
	}
	fmt.Fprintf(out, `
  podsec aws ecr create-repository --repository-name shop       # or the real aws
  podsec aws ecr get-login-password | podsec docker login -u AWS --password-stdin %[1]s
  podsec docker pull nginx

Tools that do not know the account reach its registry %[1]s at %[2]s:

  aws ecr get-login-password | crane auth login -u AWS --password-stdin %[2]s
  crane ls %[2]s/shop
  cosign sign --key awskms:///alias/NAME --tlog-upload=false --use-signing-config=false %[2]s/shop@sha256:…
`, account.RegistryHost(), endpoints.Registry)
}
