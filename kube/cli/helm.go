package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"k8s.io/client-go/tools/clientcmd"

	"podsec/kube/helm"
)

// Helm returns `podsec helm …`, the stand-in for helm that installs and removes Kyverno.
func Helm(exit func(status int)) *cobra.Command {
	return &cobra.Command{
		Use:                "helm …",
		Short:              "Run the built-in stand-in for helm, which knows the Kyverno chart",
		Example:            "  podsec helm install kyverno --namespace kyverno kyverno/kyverno --create-namespace",
		DisableFlagParsing: true,
		RunE: func(command *cobra.Command, args []string) error {
			rules := clientcmd.NewDefaultClientConfigLoadingRules()
			config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, nil).ClientConfig()
			if err != nil && !clientcmd.IsEmptyConfig(err) {
				return fmt.Errorf("read kubeconfig: %w", err)
			}
			// Without a cluster, help, version and repositories still work: config is nil then.
			exit(helm.Main(command.Context(), args, config, os.Stdout, os.Stderr))
			return nil
		},
	}
}
