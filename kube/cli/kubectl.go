package cli

import (
	"github.com/spf13/cobra"

	"podsec/kube/kubectl"
)

// Kubectl returns `podsec kubectl …`: the linked kubectl, with its own flags, help and completion.
func Kubectl() *cobra.Command {
	return &cobra.Command{
		Use:                "kubectl …",
		Short:              "Run the built-in kubectl",
		Long:               "Run the real kubectl that is linked into this binary, on the cluster of your KUBECONFIG.",
		Example:            "  podsec kubectl get pods -A\n  KUBECONFIG=sim.yaml podsec kubectl apply -f policy.yaml",
		DisableFlagParsing: true,
		Run:                func(_ *cobra.Command, args []string) { kubectl.Main(args) },
	}
}
