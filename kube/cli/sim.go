package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"podsec/kube/sim"
)

const simExample = `  podsec sim                                  a bare cluster
  podsec sim --kyverno --workloads            with Kyverno installed and the sample applications running
  podsec sim --kubeconfig sim.yaml &          then: KUBECONFIG=sim.yaml kubectl get nodes
  podsec sim --listen 127.0.0.1:6443          on a fixed port`

// Sim returns `podsec sim`, which serves a simulated cluster until its context ends.
func Sim() *cobra.Command {
	var options sim.Options
	command := &cobra.Command{
		Use:     "sim",
		Short:   "Serve a simulated cluster for kubectl and other clients",
		Long:    "Serve a simulated Kubernetes cluster on loopback until Ctrl-C. Nothing is installed and nothing is kept.",
		Example: simExample,
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return serve(command.Context(), options, command.OutOrStdout())
		},
	}
	flags := command.Flags()
	flags.StringVar(&options.Listen, "listen", "127.0.0.1:0", "address to listen on; port 0 takes a free one")
	flags.StringVar(&options.Kubeconfig, "kubeconfig", "", "file to write the kubeconfig to (default: a private temporary file)")
	flags.BoolVar(&options.Start.Kyverno, "kyverno", false, "start with Kyverno installed")
	flags.BoolVar(&options.Start.Workloads, "workloads", false, "start with the sample applications running")
	flags.StringArrayVar(&options.Seed, "seed", nil, "manifest `FILE` to apply at the start; may be given several times")
	return command
}

// serve runs the cluster until ctx ends.
func serve(ctx context.Context, options sim.Options, out io.Writer) error {
	cluster, err := sim.Start(ctx, options)
	if err != nil {
		return err
	}
	printUsage(out, cluster, options.Start)
	<-ctx.Done()
	return cluster.Close()
}

// printUsage says what runs and how to point a client at it.
func printUsage(out io.Writer, cluster *sim.Cluster, start sim.Baseline) {
	what := []string{"Kubernetes " + sim.KubernetesVersion}
	if start.Kyverno {
		what = append(what, "Kyverno "+sim.KyvernoVersion)
	}
	if start.Workloads {
		what = append(what, "the sample applications")
	}
	fmt.Fprintf(out, "Simulated cluster at %s: %s.\n\n", cluster.Config().Host, strings.Join(what, ", "))
	fmt.Fprintf(out, "  export KUBECONFIG=%s\n", cluster.Kubeconfig())
	fmt.Fprintf(out, "  kubectl get pods -A          # or: podsec kubectl get pods -A\n\nCtrl-C stops it.\n")
}
