package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"podsec/kube/sim"
	"podsec/kube/sim/cloud"
)

const simExample = `  podsec sim                                  a bare cluster
  podsec sim --kyverno --workloads            with Kyverno installed and the sample applications running
  podsec sim --kubeconfig sim.yaml &          then: KUBECONFIG=sim.yaml kubectl get nodes
  podsec sim --listen 127.0.0.1:6443          on a fixed port
  podsec sim --aws                            with an AWS account beside it: ECR, KMS and STS`

// Sim returns `podsec sim`, which serves a simulated cluster until its context ends.
func Sim() *cobra.Command {
	var (
		options sim.Options
		account accountOptions
	)
	command := &cobra.Command{
		Use:     "sim",
		Short:   "Serve a simulated cluster for kubectl and other clients",
		Long:    "Serve a simulated Kubernetes cluster on loopback until Ctrl-C. Nothing is installed and nothing is kept.",
		Example: simExample,
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return serve(command.Context(), options, account, command.OutOrStdout())
		},
	}
	flags := command.Flags()
	flags.StringVar(&options.Listen, "listen", "127.0.0.1:0", "address to listen on; port 0 takes a free one")
	flags.StringVar(&options.Kubeconfig, "kubeconfig", "", "file to write the kubeconfig to (default: a private temporary file)")
	flags.BoolVar(&options.Start.Kyverno, "kyverno", false, "start with Kyverno installed")
	flags.BoolVar(&options.Start.Workloads, "workloads", false, "start with the sample applications running")
	flags.StringArrayVar(&options.Seed, "seed", nil, "manifest `FILE` to apply at the start; may be given several times")
	flags.BoolVar(&account.serve, "aws", false, "serve a simulated AWS account too: ECR with its registry, KMS and STS")
	flags.StringVar(&account.listen, "aws-listen", "127.0.0.1:0", "address of the AWS account")
	return command
}

// accountOptions say whether and where to serve a simulated AWS account.
type accountOptions struct {
	serve  bool
	listen string
}

// serve runs the cluster, in an AWS account if one is wanted, until ctx ends.
func serve(ctx context.Context, options sim.Options, account accountOptions, out io.Writer) error {
	if !account.serve {
		cluster, err := sim.Start(ctx, options)
		if err != nil {
			return err
		}
		printUsage(out, cluster, options.Start)
		return serveUntil(ctx, out, cluster)
	}
	c, err := cloud.Start(ctx, cloud.Options{Cluster: options, Listen: account.listen})
	if err != nil {
		return err
	}
	printUsage(out, c.Cluster, options.Start)
	printAccount(out, c)
	return serveUntil(ctx, out, c)
}

// serveUntil waits for the end of ctx and stops what runs.
func serveUntil(ctx context.Context, out io.Writer, running io.Closer) error {
	fmt.Fprint(out, "\nCtrl-C stops it.\n")
	<-ctx.Done()
	return running.Close()
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
	fmt.Fprintf(out, "  kubectl get pods -A          # or: podsec kubectl get pods -A\n")
}
