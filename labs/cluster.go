package labs

import (
	"context"
	"io"
	"time"

	"k8s.io/client-go/rest"
)

// Cluster is a cluster that labs run on, simulated or real.
type Cluster interface {
	// Name tells the cluster from others, for the learner and for the progress file: "simulated".
	Name() string
	// Config is how to connect to it.
	Config() *rest.Config
	// Kubeconfig is the path of a kubeconfig file for commands.
	Kubeconfig() string
	// Reset brings the cluster to the baseline, but for Baseline.Apply, which the session does itself.
	Reset(ctx context.Context, base Baseline) error
}

// Patient is a Cluster that says itself how long checks wait for it.
type Patient interface {
	Patience() time.Duration
}

// defaultPatience is how long the checks of a step wait for a cluster that is not Patient.
const defaultPatience = 10 * time.Second

// shortPatience is how long they wait when the command's answer is wrong already: what follows from it will not come.
const shortPatience = time.Second

// Runner runs command lines; labs/shell has one.
type Runner interface {
	// Run runs line in the folder dir with env ("KEY=value") added to its environment, and streams what it prints.
	// exit is the shell's exit status; err is only set when the line could not be run at all, or when ctx ended.
	Run(ctx context.Context, dir, line string, env []string, stdout, stderr io.Writer) (exit int, err error)
}
