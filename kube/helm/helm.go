package helm

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/rest"
)

// Helm is the command and what it works on.
type Helm struct {
	Config     *rest.Config     // the cluster; nil is no cluster at all
	ConfigHome string           // the folder of repositories.yaml, helm's HELM_CONFIG_HOME
	Namespace  string           // without --namespace; "" is default
	Now        func() time.Time // the clock
	Stdout     io.Writer
	Stderr     io.Writer
}

// Main runs a helm command line (without the word helm) on a cluster and returns its exit status. Repositories are
// kept in $HELM_CONFIG_HOME, or in the user's configuration folder for podsec: never in the real helm's.
func Main(ctx context.Context, args []string, config *rest.Config, stdout, stderr io.Writer) int {
	helm := Helm{
		Config: config, ConfigHome: os.Getenv("HELM_CONFIG_HOME"), Namespace: os.Getenv("HELM_NAMESPACE"),
		Now: time.Now, Stdout: stdout, Stderr: stderr,
	}
	if helm.ConfigHome == "" {
		home, err := os.UserConfigDir()
		if err != nil {
			fmt.Fprintf(stderr, "Error: find the user's configuration folder: %v\n", err)
			return 1
		}
		helm.ConfigHome = filepath.Join(home, "podsec", "helm")
	}
	return helm.Run(ctx, args)
}

// Run runs a command line and returns its exit status: 0, or 1 after a line "Error: …" on Stderr.
func (h *Helm) Run(ctx context.Context, args []string) int {
	command := h.root()
	command.SetArgs(args)
	if err := command.ExecuteContext(ctx); err != nil {
		fmt.Fprintf(h.Stderr, "Error: %v\n", err)
		return 1
	}
	return 0
}

// namespace is the one that --namespace names, or the default one.
func (h *Helm) namespace(flag string) string { return cmp.Or(flag, h.Namespace, "default") }
