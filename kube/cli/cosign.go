package cli

import (
	"os"

	"github.com/spf13/cobra"

	"podsec/kube/cosign"
)

// Cosign returns `podsec cosign …`, the stand-in for cosign.
func Cosign(exit func(status int)) *cobra.Command {
	return &cobra.Command{
		Use:                "cosign …",
		Short:              "Run the built-in stand-in for cosign: keys, signatures and attestations of images",
		Example:            "  podsec cosign verify --key cosign.pub --insecure-ignore-tlog IMAGE\n  podsec cosign --help",
		DisableFlagParsing: true,
		Run: func(command *cobra.Command, args []string) {
			exit(cosign.Main(command.Context(), args, os.Stdin, os.Stdout, os.Stderr))
		},
	}
}
