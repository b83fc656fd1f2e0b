// Podsec is a workshop in a terminal: managing pod security on Amazon EKS with Kyverno.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"podsec/assets"
	"podsec/kube"
	kubecli "podsec/kube/cli"
	"podsec/kube/kubectl"
	"podsec/kube/sim"
	"podsec/kube/sim/cloud"
	"podsec/labs"
	labscli "podsec/labs/cli"
	"podsec/labs/shell"
	"podsec/tui"
)

func main() {
	// kubectl takes over the process, so it comes before anything else is built.
	if len(os.Args) > 1 && os.Args[1] == "kubectl" {
		kubectl.Main(os.Args[2:])
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	status := run(ctx, os.Args[1:])
	stop()
	os.Exit(status)
}

// run runs a command line and returns the exit status: 0, 1 when something went wrong, 2 when the command line is wrong.
func run(ctx context.Context, args []string) int {
	understood := false
	root := newRoot(func() { understood = true })
	root.SetArgs(args)
	command, err := root.ExecuteContextC(ctx)
	switch {
	case err == nil:
		return 0
	case understood:
		fmt.Fprintf(os.Stderr, "podsec: %v\n", err)
		return 1
	}
	fmt.Fprintf(os.Stderr, "podsec: %v\nhint: %s --help\n", err, command.CommandPath())
	return 2
}

// newRoot makes the command tree; understood is called when a command line made sense and its command begins.
func newRoot(understood func()) *cobra.Command {
	folder := &labFolder{}
	root := &cobra.Command{
		Use:              "podsec [LAB]",
		Short:            "A workshop in your terminal: managing pod security with Kyverno",
		Long:             "podsec teaches pod security on Amazon EKS with Kyverno, on a simulated cluster inside this process.\nWithout a command it opens the workshop.",
		Example:          "  podsec                     open the workshop\n  podsec 02-pod-labels       open a lab\n  podsec run --all           run all labs without the terminal app",
		Args:             cobra.MaximumNArgs(1),
		SilenceErrors:    true,
		SilenceUsage:     true,
		PersistentPreRun: func(*cobra.Command, []string) { understood() },
		RunE:             func(command *cobra.Command, args []string) error { return open(command.Context(), folder, args) },
	}
	root.PersistentFlags().StringVar(&folder.dir, "labs", "", "folder of labs to use instead of the workshop's own")
	root.AddCommand(kubecli.Sim(), kubecli.Kubectl(), kubecli.Helm(os.Exit))
	root.AddCommand(kubecli.Why(os.Exit), kubecli.Kyverno(os.Exit), kubecli.AWS(os.Exit), kubecli.Docker(os.Exit), kubecli.Cosign(os.Exit))
	root.AddCommand(labscli.Commands(labscli.Options{Labs: folder, Cluster: startForRun, Shell: newShell})...)
	return root
}

// labFolder is where labs are read from: the folder that a flag names, or the workshop's own.
type labFolder struct{ dir string }

// Open implements fs.FS.
func (f *labFolder) Open(name string) (fs.File, error) {
	if f.dir == "" {
		return assets.Labs().Open(name)
	}
	file, err := os.DirFS(f.dir).Open(name)
	if err != nil { // it names only what is below the folder
		return nil, &fs.PathError{Op: "open", Path: filepath.Join(f.dir, name), Err: errors.Unwrap(err)}
	}
	return file, nil
}

// newShell makes the shell that runs the commands of labs; kubectl and helm are this program.
func newShell(cluster labs.Cluster) labs.Runner {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	options := shell.Options{Self: self, Kubeconfig: cluster.Kubeconfig(), Bin: filepath.Join(filepath.Dir(cluster.Kubeconfig()), "bin")} // the folder is the cluster's own
	if s, ok := cluster.(simulated); ok {
		options.Env = s.Environment()
	}
	return shell.New(options)
}

// simulated is the simulated cluster and its AWS account as labs see them.
type simulated struct{ *cloud.Cloud }

func startSimulated(ctx context.Context) (simulated, error) {
	c, err := cloud.Start(ctx, cloud.Options{})
	return simulated{c}, err
}

// startForRun starts the cluster for `podsec run`.
func startForRun(ctx context.Context) (labs.Cluster, func() error, error) {
	s, err := startSimulated(ctx)
	if err != nil {
		return nil, nil, err
	}
	return s, s.Close, nil
}

// Name implements labs.Cluster.
func (simulated) Name() string { return "simulated" }

// Reset implements labs.Cluster.
func (s simulated) Reset(ctx context.Context, base labs.Baseline) error {
	return s.Cloud.Reset(ctx, sim.Baseline{Kyverno: base.Kyverno, Workloads: base.Workloads})
}

// open opens the workshop, at a lab if one is named.
func open(ctx context.Context, folder fs.FS, args []string) error {
	w, err := newWorkshop(folder, args)
	if err != nil {
		return err
	}
	return w.run(ctx)
}

// workshop is the terminal app on the simulated cluster.
type workshop struct {
	options  tui.Options
	clusters atClose
}

// newWorkshop reads the labs and the learner's progress. args may name a lab to begin with.
func newWorkshop(folder fs.FS, args []string) (*workshop, error) {
	all, err := labs.Load(folder)
	if err != nil {
		return nil, err
	}
	progress, notice, err := labs.OpenProgress(labs.DataDir())
	if err != nil {
		return nil, err
	}
	w := &workshop{options: tui.Options{Labs: all, ClusterName: simulated{}.Name(), Progress: progress, Notice: notice}}
	w.options.Connect = w.connect
	if len(args) > 0 {
		lab, err := labs.Find(all, args[0])
		if err != nil {
			return nil, err
		}
		w.options.Lab = lab.ID
	}
	return w, nil
}

// run shows the app until the learner leaves it.
func (w *workshop) run(ctx context.Context) error {
	err := tui.Run(ctx, w.options)
	return errors.Join(err, w.clusters.close())
}

// connect starts the cluster, beside the app.
func (w *workshop) connect(ctx context.Context) (tui.Cluster, error) {
	c, err := startSimulated(ctx)
	if err != nil {
		return tui.Cluster{}, err
	}
	return tui.Cluster{
		Detail:     "Kubernetes " + sim.KubernetesVersion,
		Kubeconfig: c.Kubeconfig(),
		States:     kube.Watch(ctx, c.Config()),
		Open: func(ctx context.Context, lab *labs.Lab) (tui.Session, error) {
			return labs.Open(ctx, lab, c, newShell(c))
		},
	}, w.clusters.add(c.Close)
}

// atClose collects what to close at the end. The cluster starts beside the app, so it may come up after the learner has
// left already.
type atClose struct {
	mu     sync.Mutex
	closed bool
	calls  []func() error
}

// add has call made by close, or makes it at once when close was there before.
func (a *atClose) add(call func() error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return errors.Join(context.Canceled, call())
	}
	a.calls = append(a.calls, call)
	return nil
}

func (a *atClose) close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	var errs []error
	for _, call := range a.calls {
		errs = append(errs, call())
	}
	return errors.Join(errs...)
}
