package cli

import (
	"fmt"
	"io"

	"podsec/kube/sim/cloud"
)

// printAccount says how to point podsec's own commands and the real ones at an account.
func printAccount(out io.Writer, c *cloud.Cloud) {
	account, endpoints := c.Account, c.Endpoints
	fmt.Fprintf(out, "\nSimulated AWS account %s in %s at %s.\n\n", account.ID(), account.Region(), endpoints.URL)
	for _, entry := range endpoints.Environment {
		fmt.Fprintf(out, "  export '%s'\n", entry)
	}
	fmt.Fprintf(out, `
  podsec aws ecr create-repository --repository-name shop       # or the real aws
  podsec aws ecr get-login-password | podsec docker login -u AWS --password-stdin %[1]s
  podsec docker pull nginx

Tools that do not know the account reach its registry %[1]s at %[2]s:

  podsec aws ecr get-login-password | crane auth login -u AWS --password-stdin %[2]s    # cosign reads it too
  crane copy IMAGE %[2]s/shop:v1
  cosign generate-key-pair --kms awskms:///alias/shop
  cosign sign --key awskms:///alias/shop --use-signing-config=false --tlog-upload=false --new-bundle-format=false --yes %[2]s/shop:v1
  cosign verify --key cosign.pub --insecure-ignore-tlog=true %[2]s/shop:v1
`, account.RegistryHost(), endpoints.Registry)
}
