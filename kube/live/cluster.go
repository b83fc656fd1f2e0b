package live

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"podsec/assets/cluster"
	"podsec/kube"
)

// Cluster is a real cluster that labs work on, through a Gate.
type Cluster struct {
	target     *Target
	client     kubernetes.Interface // to the cluster itself: it only looks
	gate       *Gate
	ledger     *Ledger
	cleaner    *Cleaner
	private    string
	kubeconfig string
}

// OpenOptions say how a cluster is worked on.
type OpenOptions struct {
	Gate GateOptions
	// Data is the folder of the learner's data, where ledgers are kept.
	Data string
}

// Open connects to a cluster that the user has agreed to. Close it when done; what was made stays until Clean.
func Open(ctx context.Context, target *Target, o OpenOptions) (*Cluster, error) {
	c := &Cluster{target: target}
	if err := c.open(ctx, o); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Cluster) open(ctx context.Context, o OpenOptions) error {
	config := rest.CopyConfig(c.target.Config)
	config.WarningHandler = rest.NoWarnings{}
	var err error
	if c.client, err = kubernetes.NewForConfig(config); err != nil {
		return fmt.Errorf("connect to cluster: %w", err)
	}
	system, err := c.client.CoreV1().Namespaces().Get(ctx, metav1.NamespaceSystem, metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("identify cluster: %w", err)
	}
	if c.ledger, err = OpenLedger(o.Data, system.UID); err != nil {
		return err
	}
	if c.cleaner, err = NewCleaner(c.target.Config, c.ledger); err != nil {
		return err
	}
	if c.gate, err = NewGate(ctx, c.target.Config, c.ledger, o.Gate); err != nil {
		return err
	}
	if c.private, err = os.MkdirTemp("", "podsec-"); err != nil {
		return fmt.Errorf("make private folder: %w", err)
	}
	c.kubeconfig = filepath.Join(c.private, "kubeconfig")
	return c.gate.WriteKubeconfig(c.kubeconfig)
}

// Name tells the cluster from others: the name of its context.
func (c *Cluster) Name() string { return c.target.Context }

// Config is how to connect through the gate, for who follows the cluster: it says at once when the cluster is away.
// Commands wait a while for it (Kubeconfig).
func (c *Cluster) Config() *rest.Config { return c.gate.Observer() }

// Kubeconfig is the path of a kubeconfig that leads through the gate.
func (c *Cluster) Kubeconfig() string { return c.kubeconfig }

// Patience is how long checks wait: Kyverno's background scan of a real cluster takes up to half a minute.
func (*Cluster) Patience() time.Duration { return 90 * time.Second }

// Cleaner removes what the workshop made here.
func (c *Cluster) Cleaner() *Cleaner { return c.cleaner }

// Kyverno says what there is of Kyverno.
func (c *Cluster) Kyverno(ctx context.Context) (Kyverno, error) { return FindKyverno(ctx, c.client) }

// Close ends the connection and removes the private folder.
func (c *Cluster) Close() error {
	var errs []error
	if c.gate != nil {
		errs = append(errs, c.gate.Close())
	}
	if c.ledger != nil {
		errs = append(errs, c.ledger.Close())
	}
	if c.private != "" {
		errs = append(errs, os.RemoveAll(c.private))
	}
	return errors.Join(errs...)
}

// Baseline is what a lab starts from.
type Baseline struct {
	Kyverno   bool // it is installed
	Workloads bool // the sample applications run
}

// Prepare removes what labs before made and brings the cluster to a baseline. A Kyverno that the workshop did not
// install stays as it is.
func (c *Cluster) Prepare(ctx context.Context, base Baseline) error {
	found, err := c.Kyverno(ctx)
	if err != nil {
		return err
	}
	keep := base.Kyverno && found.Ours
	if err := c.cleaner.clean(ctx, keepKyverno(keep), nil); err != nil {
		return err
	}
	if base.Kyverno && !found.Installed() {
		if err := c.install(ctx); err != nil {
			return err
		}
	}
	if !base.Workloads {
		return nil
	}
	return c.deploy(ctx)
}

// deploy applies the sample applications.
func (c *Cluster) deploy(ctx context.Context) error {
	workloads, err := cluster.Workloads()
	if err != nil {
		return fmt.Errorf("read sample applications: %w", err)
	}
	applier, err := kube.NewApplier(c.gate.Config())
	if err != nil {
		return err
	}
	return applier.Apply(ctx, workloads...)
}
