package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/celpolicy"
	"podsec/engine/cli/apply"
	"podsec/engine/cli/files"
	"podsec/engine/cli/jp"
	"podsec/engine/cli/test"
	"podsec/engine/document"
)

// Version is the version of Kyverno whose command line this is.
const Version = "1.19.1"

// Options are what the command needs from outside; all may be left out.
type Options struct {
	// Fetch gets what a URL leads to; nil refuses URLs.
	Fetch func(url string) ([]byte, error)
	// Schema says what is wrong with a policy or an exception by its CustomResourceDefinition, and sets the defaults of
	// that; nil accepts all.
	Schema func(object *unstructured.Unstructured) error
	// Verifier checks the signatures of images; nil makes verifyImages rules errors.
	Verifier engine.ImageVerifier
	// Images reads images' data from registries, with --registry; nil has none.
	Images engine.ImageDataGetter
	// Types knows the fields of the built-in kinds, for policies that apply configurations; nil: what objects show.
	Types celpolicy.Types
	// Connect connects to a cluster, for `apply --cluster`; nil refuses it.
	Connect func(ctx context.Context, kubeconfig, kubecontext string) (apply.Cluster, error)
}

// Command returns `podsec kyverno …`, which gives all its arguments to Main and ends the program with its status.
func Command(exit func(status int), o Options) *cobra.Command {
	return &cobra.Command{
		Use:                "kyverno …",
		Short:              "Run Kyverno's command line: apply, test, jp, version",
		Example:            "  podsec kyverno apply policy.yaml --resource pod.yaml",
		DisableFlagParsing: true,
		RunE: func(command *cobra.Command, args []string) error {
			exit(Main(command.Context(), args, o, os.Stdin, os.Stdout, os.Stderr))
			return nil
		},
	}
}

// Main runs a command line of the Kyverno CLI and returns its exit status.
func Main(ctx context.Context, args []string, o Options, stdin io.Reader, stdout, stderr io.Writer) int {
	command := New(o, stdin)
	command.SetArgs(args)
	command.SetIn(stdin)
	command.SetOut(stdout)
	command.SetErr(stderr)
	err := command.ExecuteContext(ctx)
	var exit apply.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.Status
	}
	if hint := document.HintOf(err); hint != "" {
		fmt.Fprintln(stderr, "hint: "+hint)
	}
	return 1
}

// New returns the `kyverno` command as a program of its own; stdin is what "-" stands for.
func New(o Options, stdin io.Reader) *cobra.Command {
	source := files.Source{Stdin: stdin, Fetch: o.Fetch, Schema: o.Schema}
	command := &cobra.Command{
		Use:   "kyverno",
		Short: "Kubernetes Native Policy Management.",
		Long: "Kubernetes Native Policy Management.\n\n" +
			"  The Kyverno CLI: test and apply policies to resources before they meet a cluster.\n\n" +
			"  For more information visit https://kyverno.io/docs/kyverno-cli",
		SilenceUsage: true,
		RunE:         func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(
		apply.New(apply.Options{Source: source, Types: o.Types, Connect: o.Connect, Verifier: o.Verifier, Images: o.Images}),
		jp.New(),
		test.New(test.Options{Source: source, Types: o.Types, Verifier: o.Verifier, Images: o.Images}),
		version(),
	)
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
