package cli

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/spf13/cobra"

	"podsec/kube/account"
)

// labNames are what the lab about signatures makes in an account.
func labNames() account.Names {
	return account.Names{Alias: "alias/image-signing-cosign", Repository: "supply-chain-security"}
}

// examineAccount looks at the AWS account that the environment leads to, as the lab's commands would.
func examineAccount(command *cobra.Command, output string) error {
	if err := checkOutput(output); err != nil {
		return err
	}
	loaded, err := config.LoadDefaultConfig(command.Context())
	if err != nil {
		return fmt.Errorf("read AWS configuration: %w", err)
	}
	return report(command, account.Examine(command.Context(), loaded, labNames()), output)
}
