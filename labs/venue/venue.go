// Package venue is where labs take place: a simulated cluster in its account, or a real cluster behind its gate, and
// the shell at it.
package venue

import (
	"context"
	"os"
	"path/filepath"

	"podsec/kube/sim"
	"podsec/kube/sim/cloud"
	"podsec/labs"
	"podsec/labs/shell"
)

// Venue is a cluster that labs can use until Close.
type Venue interface {
	labs.Cluster
	// Detail is said of the cluster beside its name: "Kubernetes v1.36.3".
	Detail() string
	// Close ends the use of the cluster.
	Close() error
}

// SimulatedName is the name of the simulated cluster, also before it runs.
const SimulatedName = "simulated"

// simulated is the simulated cluster and its AWS account as labs see them.
type simulated struct{ *cloud.Cloud }

// Simulate starts a simulated cluster. The end of ctx stops its account.
func Simulate(ctx context.Context) (Venue, error) {
	c, err := cloud.Start(ctx, cloud.Options{})
	if err != nil {
		return nil, err
	}
	return simulated{c}, nil
}

// Name implements labs.Cluster.
func (simulated) Name() string { return SimulatedName }

// Detail implements Venue.
func (simulated) Detail() string { return "Kubernetes " + sim.KubernetesVersion }

// Reset implements labs.Cluster.
func (s simulated) Reset(ctx context.Context, base labs.Baseline) error {
	return s.Cloud.Reset(ctx, sim.Baseline{Kyverno: base.Kyverno, Workloads: base.Workloads})
}

// Shell makes the shell that runs the commands of labs at a venue; kubectl and helm are this program.
func Shell(c labs.Cluster) labs.Runner {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	private := filepath.Dir(c.Kubeconfig()) // the folder is the cluster's own
	options := shell.Options{Self: self, Inside: inside, Keep: keep, Kubeconfig: c.Kubeconfig(), Bin: filepath.Join(private, "bin")}
	if s, ok := c.(interface{ Environment() []string }); ok {
		options.Env = s.Environment()
	}
	return shell.New(options)
}
