package venue

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"podsec/kube/account"
	"podsec/kube/docker"
	"podsec/kube/live"
	"podsec/kube/registry"
	"podsec/labs"
)

// Options say how a real cluster is worked on.
type Options struct {
	// ClusterWide leaves policies as they are written; otherwise they are confined to the workshop's namespaces.
	ClusterWide bool
	// Agreed says that the user agreed to policies for the whole cluster beforehand.
	Agreed bool
	// Data is the folder of the learner's data, where ledgers are kept.
	Data string
	// Account is the AWS account that labs work in too, nil for none.
	Account *account.Target
	// Getenv is the environment of the process; nil is an empty one.
	Getenv func(string) string
}

// onReal is a real cluster as labs see it.
type onReal struct {
	*live.Cluster
	account  *account.Account // nil for none
	detail   string
	kyverno  string // why Kyverno cannot be installed, "" when it can
	confined bool   // policies are kept to the workshop's namespaces
	absent   bool   // there is no Kyverno
	pods     string // why containers do not run, "" when they do
	platform string // of all nodes: "linux/arm64"; "" when they are of several
}

// Connect opens a real cluster, and an AWS account, that the user has agreed to.
func Connect(ctx context.Context, target *live.Target, o Options) (Venue, error) {
	c, err := live.Open(ctx, target, live.OpenOptions{Gate: live.GateOptions{ClusterWide: o.ClusterWide, Agreed: o.Agreed}, Data: o.Data})
	if err != nil {
		return nil, err
	}
	r := &onReal{Cluster: c, confined: !o.ClusterWide}
	if err = r.look(ctx, target); err == nil && o.Account != nil {
		err = r.enter(ctx, o)
	}
	if err != nil {
		_ = r.Close() // the first error says more
		return nil, err
	}
	return r, nil
}

// enter opens the AWS account.
func (r *onReal) enter(ctx context.Context, o Options) (err error) {
	options := account.OpenOptions{Names: account.WorkshopNames(), Data: o.Data, Private: r.private()}
	if o.Getenv != nil {
		options.Gate.Mirrors = o.Getenv(registry.MirrorVariable)
	}
	if r.account, err = account.Open(ctx, o.Account, options); err == nil {
		r.detail += ", AWS account " + o.Account.String()
	}
	return err
}

// private is a folder of the cluster's own, which is gone when it is closed.
func (r *onReal) private() string { return filepath.Dir(r.Kubeconfig()) }

// Close implements Venue.
func (r *onReal) Close() error {
	if r.account == nil {
		return r.Cluster.Close()
	}
	return errors.Join(r.account.Close(), r.Cluster.Close())
}

// Environment leads commands to the AWS account that the user agreed to, and to no other. Images are pulled for the
// cluster's nodes: those of all platforms are many times as much to download and to push.
func (r *onReal) Environment() []string {
	if r.account == nil {
		return account.Nowhere(r.private())
	}
	return append(r.account.Environment(), docker.PlatformVariable+"="+r.platform)
}

// look finds out what cannot be done on the cluster.
func (r *onReal) look(ctx context.Context, target *live.Target) error {
	client, err := kubernetes.NewForConfig(target.Config)
	if err != nil {
		return fmt.Errorf("connect to cluster: %w", err)
	}
	version, err := target.Version(ctx)
	if err != nil {
		return err
	}
	r.detail = "Kubernetes " + version
	found, err := r.Kyverno(ctx)
	if err != nil {
		return err
	}
	r.absent = !found.Installed()
	if found.Installed() && !found.Ours {
		r.kyverno = "Kyverno " + found.Version + " is there already, and not the workshop's to install or remove"
	}
	nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil //nolint:nilerr // who may not see the nodes learns of them what pods say
	}
	r.platform = platformOf(nodes.Items)
	if slices.ContainsFunc(nodes.Items, func(n corev1.Node) bool { return n.Labels["type"] == "kwok" }) {
		r.pods = "the nodes of this cluster run no containers"
		if r.kyverno == "" {
			r.kyverno = r.pods
		}
	}
	return nil
}

// platformOf is the platform that nodes have in common, "" for none.
func platformOf(nodes []corev1.Node) string {
	common := ""
	for i := range nodes {
		info := nodes[i].Status.NodeInfo
		platform := info.OperatingSystem + "/" + info.Architecture
		if info.Architecture == "" || common != "" && platform != common {
			return ""
		}
		common = platform
	}
	return common
}

// Detail implements Venue.
func (r *onReal) Detail() string { return r.detail }

// Reset implements labs.Cluster.
func (r *onReal) Reset(ctx context.Context, base labs.Baseline) error {
	if err := r.Prepare(ctx, live.Baseline{Kyverno: base.Kyverno, Workloads: base.Workloads}); err != nil || r.account == nil {
		return err
	}
	return r.account.Reset(ctx)
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
		if r.account == nil {
			return "it needs an AWS account: with --aws it uses yours"
		}
		return r.account.InTheWay()
	}
	return ""
}
