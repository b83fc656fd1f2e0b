package cosign

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/spf13/cobra"
	"k8s.io/client-go/tools/clientcmd"

	"podsec/engine/image"
	"podsec/kube/awsenv"
	"podsec/kube/process"
	"podsec/kube/registry"
)

// version is the version of cosign whose flags and texts these are.
const version = "v3.1.3"

// The exit codes of cosign (its pkg/errors).
const (
	exitFailed         = 1
	exitNoSignature    = 10
	exitNoImage        = 11
	exitNoMatch        = 12
	defaultTimeout     = 3 * time.Minute
	repositoryVariable = "COSIGN_REPOSITORY"
	passwordVariable   = "COSIGN_PASSWORD" //nolint:gosec // the name of a variable
)

// Main runs the command line args ("sign", "--key", …) and returns the exit code. Keys, registries and the cluster are
// those of the environment.
func Main(ctx context.Context, args []string, std process.IO) int {
	p := &program{
		std: std, kms: environmentKMS{std}, now: time.Now,
		remote: func(ctx context.Context) ([]remote.Option, error) { return registry.Options(ctx, std) },
	}
	return p.run(ctx, args)
}

// Inside says whether the command can be run in an environment that is not the process's own: that must lead to
// registries, AWS and the cluster.
func Inside(_ []string, std process.IO) bool {
	return registry.Inside(std) && awsenv.Complete(std) && std.Getenv(clientcmd.RecommendedConfigPathEnvVar) != ""
}

// program is one run of the command.
type program struct {
	std     process.IO
	remote  func(ctx context.Context) ([]remote.Option, error)
	kms     kmsKeys
	now     func() time.Time
	timeout time.Duration
}

func (p *program) run(ctx context.Context, args []string) int {
	root := p.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	p.infof("error during command execution: %v", err)
	return exitCode(err)
}

// exitCode is cosign's: bundles have none of their own.
func exitCode(err error) int {
	failed := (*image.NotVerified)(nil)
	if !errors.As(err, &failed) || errors.As(err, new(bundleError)) {
		return exitFailed
	}
	switch failed.Reason {
	case image.NoSignatures:
		return exitNoSignature
	case image.NoImage:
		return exitNoImage
	case image.NoMatchingSignature:
		return exitNoMatch
	default:
		return exitFailed
	}
}

// bundleError is an error of the verification of bundles.
type bundleError struct{ error }

// Unwrap returns the cause.
func (e bundleError) Unwrap() error { return e.error }

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "cosign",
		Short:         "A tool for Container Signing, Verification and Storage in an OCI registry",
		Long:          "The built-in stand-in for cosign " + version + ": its commands for images and keys, with genuine signatures.\nNothing is published in a transparency log.",
		SilenceUsage:  true,
		SilenceErrors: false,
	}
	root.SetIn(p.std.In)
	root.SetErr(p.std.Err)
	root.SetOut(p.std.Err) // notes on deprecated flags go where cosign's go; help goes to stdout
	help := root.HelpFunc()
	root.SetHelpFunc(func(c *cobra.Command, args []string) {
		c.SetOut(p.std.Out)
		help(c, args)
	})
	root.CompletionOptions.DisableDefaultCmd = true
	root.PersistentFlags().DurationVarP(&p.timeout, "timeout", "t", defaultTimeout, "timeout for commands")
	root.PersistentFlags().BoolP("verbose", "d", false, "log debug output")
	root.AddCommand(p.generateKeyPair(), p.publicKey(), p.sign(), p.verify(), p.attest(), p.verifyAttestation(),
		p.triangulate(), p.tree(), p.download(), p.attach(), p.copy(), p.version())
	return root
}

func (p *program) version() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Prints the version", Args: cobra.NoArgs,
		Run: func(*cobra.Command, []string) {
			fmt.Fprintf(p.std.Out, "cosign: podsec's built-in stand-in\nGitVersion:    %s (the version whose flags and texts it has)\n", version)
		},
	}
}

func (p *program) infof(format string, args ...any) { fmt.Fprintf(p.std.Err, format+"\n", args...) }

func (p *program) warnf(format string, args ...any) { p.infof("WARNING: "+format, args...) }
