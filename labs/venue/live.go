package venue

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"podsec/kube/live"
	"podsec/labs"
)

// onReal is a real cluster as labs see it.
type onReal struct {
	*live.Cluster
	detail   string
	kyverno  string // why Kyverno cannot be installed, "" when it can
	confined bool   // policies are kept to the workshop's namespaces
	absent   bool   // there is no Kyverno
	pods     string // why containers do not run, "" when they do
}

// Connect opens a real cluster that the user has agreed to.
func Connect(ctx context.Context, target *live.Target, o live.OpenOptions) (Venue, error) {
	c, err := live.Open(ctx, target, o)
	if err != nil {
		return nil, err
	}
	r := &onReal{Cluster: c, confined: !o.Gate.ClusterWide}
	if err := r.look(ctx, target); err != nil {
		_ = c.Close() // the first error says more
		return nil, err
	}
	return r, nil
}

// look finds out what cannot be done on the cluster.
func (r *onReal) look(ctx context.Context, target *live.Target) error {
	client, err := kubernetes.NewForConfig(target.Config)
	if err != nil {
		return fmt.Errorf("connect to cluster: %w", err)
	}
	version, err := client.Discovery().ServerVersion()
	if err != nil {
		return fmt.Errorf("ask for version: %w", err)
	}
	r.detail = "Kubernetes " + version.GitVersion
	found, err := r.Kyverno(ctx)
	if err != nil {
		return err
	}
	r.absent = !found.Installed()
	if found.Installed() && !found.Ours {
		r.kyverno = "Kyverno " + found.Version + " is there already, and not the workshop's to install or remove"
	}
	nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{LabelSelector: "type=kwok"})
	if err == nil && len(nodes.Items) > 0 {
		r.pods = "the nodes of this cluster run no containers"
		if r.kyverno == "" {
			r.kyverno = r.pods
		}
	}
	return nil
}

// Detail implements Venue.
func (r *onReal) Detail() string { return r.detail }

// Reset implements labs.Cluster.
func (r *onReal) Reset(ctx context.Context, base labs.Baseline) error {
	return r.Prepare(ctx, live.Baseline{Kyverno: base.Kyverno, Workloads: base.Workloads})
}

// Lacks implements labs.Limited.
func (r *onReal) Lacks(need string) string {
	switch need {
	case labs.NeedInstall:
		return r.kyverno
	case labs.NeedKyverno:
		if r.absent {
			return r.pods
		}
	case labs.NeedPods:
		return r.pods
	case labs.NeedSandbox:
		return "it would stop what others run on this cluster"
	case labs.NeedWide:
		if r.confined {
			return "policies are kept to the workshop's namespaces; --cluster-wide lifts that"
		}
	case labs.NeedAccount:
		return "it needs the simulated AWS account"
	}
	return ""
}
