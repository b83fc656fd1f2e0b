package cli

import (
	"github.com/spf13/cobra"

	"podsec/kube/cosign"
)

// Cosign returns `podsec cosign …`, the stand-in for cosign.
func Cosign(exit func(status int)) *cobra.Command {
	return standIn(exit, cosign.Main, &cobra.Command{
		Use:     "cosign …",
		Short:   "Run the built-in stand-in for cosign: keys, signatures and attestations of images",
		Example: "  podsec cosign verify --key cosign.pub --insecure-ignore-tlog IMAGE\n  podsec cosign --help",
	})
}
