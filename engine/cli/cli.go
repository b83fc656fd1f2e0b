package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/cli/files"
	"podsec/engine/cli/test"
)

// Version is the version of Kyverno whose command line this is.
const Version = "1.19.1"

// Options are what the command needs from outside; all may be left out.
type Options struct {
	// Fetch gets what a URL leads to.
	Fetch func(url string) ([]byte, error)
	// Schema says what is wrong with a policy or an exception by its CustomResourceDefinition.
	Schema func(object *unstructured.Unstructured) error
}

// New returns the `kyverno` command.
func New(o Options) *cobra.Command {
	source := files.Source{Stdin: os.Stdin, Fetch: o.Fetch, Schema: o.Schema}
	command := &cobra.Command{
		Use:   "kyverno",
		Short: "Kubernetes Native Policy Management.",
		Long: "Kubernetes Native Policy Management.\n\n" +
			"  The Kyverno CLI: test and apply policies to resources before they meet a cluster.\n\n" +
			"  For more information visit https://kyverno.io/docs/kyverno-cli",
		SilenceUsage: true,
		RunE:         func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(test.New(test.Options{Source: source}), version())
	return command
}

// version returns `kyverno version`.
func version() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Prints the version of Kyverno CLI.", Args: cobra.NoArgs, SilenceUsage: true,
		Example: "  # Print Kyverno CLI version\n  kyverno version",
		RunE: func(command *cobra.Command, _ []string) error {
			fmt.Fprintf(command.OutOrStdout(), "Version: %s\nTime: ---\nGit commit ID: ---\n", Version)
			return nil
		},
	}
}
