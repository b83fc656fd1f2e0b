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
	"slices"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"podsec/assets"
	"podsec/kube"
	kubecli "podsec/kube/cli"
	"podsec/kube/inspect"
	"podsec/kube/kubectl"
	"podsec/kube/live"
	"podsec/labs"
	labscli "podsec/labs/cli"
	"podsec/labs/venue"
	"podsec/tui"
	"podsec/tui/plain"
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
	folder, p, looks := &labFolder{}, &places{}, &look{}
	root := &cobra.Command{
		Use:              "podsec [LAB]",
		Short:            "A workshop in your terminal: managing pod security with Kyverno",
		Long:             "podsec teaches pod security on Amazon EKS with Kyverno, on a simulated cluster inside this process.\nWithout a command it opens the workshop.",
		Example:          "  podsec                     open the workshop\n  podsec 02-pod-labels       open a lab\n  podsec run --all           run all labs without the terminal app",
		Args:             cobra.MaximumNArgs(1),
		SilenceErrors:    true,
		SilenceUsage:     true,
		PersistentPreRun: func(*cobra.Command, []string) { understood() },
		RunE: func(command *cobra.Command, args []string) error {
			return open(command.Context(), folder, p, looks, args)
		},
	}
	root.PersistentFlags().StringVar(&folder.dir, "labs", "", "folder of labs to use instead of the workshop's own")
	root.AddCommand(kubecli.Sim(), kubecli.Kubectl(), kubecli.Helm(os.Exit))
	root.AddCommand(kubecli.Why(os.Exit), kubecli.Kyverno(os.Exit), kubecli.AWS(os.Exit), kubecli.Docker(os.Exit), kubecli.Cosign(os.Exit))
	root.AddCommand(labscli.Commands(labscli.Options{Labs: folder, Cluster: p.forRun, Shell: venue.Shell})...)
	root.AddCommand(kubecli.Doctor(&p.connection, func() ([]live.Need, error) { return needs(folder) }), kubecli.Clean(&p.connection, labs.DataDir))
	root.AddCommand(newRecord(folder, p))
	onCluster(root, p)
	looks.bind(root)
	return root
}

// onCluster gives the flags of a real cluster to the commands that can work on one.
func onCluster(root *cobra.Command, p *places) {
	p.connection.Bind(root.Flags())
	for _, command := range root.Commands() {
		if slices.Contains([]string{"run", "doctor", "clean", "export", "record"}, command.Name()) {
			p.connection.Bind(command.Flags())
			_ = command.RegisterFlagCompletionFunc("context", p.connection.Complete) // the flag is there
		}
	}
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

// places is where labs take place: on the simulated cluster, or on the real one that flags name.
type places struct{ connection kubecli.Connection }

// name tells the cluster from others, before it answers too.
func (p *places) name() string {
	if p.connection.Live() {
		return p.connection.Context
	}
	return venue.SimulatedName
}

// agree has the user agree to work on a real cluster.
func (p *places) agree(ctx context.Context) error {
	if !p.connection.Live() {
		return nil
	}
	target, err := p.connection.Target()
	if err != nil {
		return err
	}
	return p.connection.Confirm(ctx, target, "run labs on", os.Stdin, os.Stderr)
}

// start starts the simulated cluster, or connects to the real one.
func (p *places) start(ctx context.Context) (venue.Venue, error) {
	if !p.connection.Live() {
		return venue.Simulate(ctx)
	}
	target, err := p.connection.Target()
	if err != nil {
		return nil, err
	}
	return venue.Connect(ctx, target, live.OpenOptions{Gate: live.GateOptions{ClusterWide: p.connection.Wide}, Data: labs.DataDir()})
}

// forRun starts the cluster for `podsec run`.
func (p *places) forRun(ctx context.Context) (labs.Cluster, func() error, error) {
	if err := p.agree(ctx); err != nil {
		return nil, nil, err
	}
	v, err := p.start(ctx)
	if err != nil {
		return nil, nil, err
	}
	return v, v.Close, nil
}

// needs is what the labs of a folder need of a cluster.
func needs(folder fs.FS) ([]live.Need, error) {
	all, err := labs.Load(folder)
	if err != nil {
		return nil, err
	}
	var out []live.Need
	for _, lab := range all {
		out = append(out, live.Need{Lab: lab.ID, Kyverno: lab.Start.Kyverno})
	}
	return out, nil
}

// open opens the workshop, at a lab if one is named.
func open(ctx context.Context, folder fs.FS, p *places, looks *look, args []string) error {
	w, err := newWorkshop(folder, p, args)
	if err != nil {
		return err
	}
	if err := looks.apply(&w.options); err != nil {
		return err
	}
	w.talk = looks.plain
	if err := p.agree(ctx); err != nil {
		return err
	}
	return w.run(ctx)
}

// workshop is the terminal app on a cluster.
type workshop struct {
	talk     bool // in lines, instead of drawing
	options  tui.Options
	places   *places
	data     string // the folder of the learner's data
	progress *labs.Progress
	clusters atClose
}

// newWorkshop reads the labs and the learner's progress. args may name a lab to begin with.
func newWorkshop(folder fs.FS, p *places, args []string) (*workshop, error) {
	return newWorkshopIn(labs.DataDir(), folder, p, args)
}

// newWorkshopIn is newWorkshop with a folder of its own for the learner's data.
func newWorkshopIn(data string, folder fs.FS, p *places, args []string) (*workshop, error) {
	all, err := labs.Load(folder)
	if err != nil {
		return nil, err
	}
	progress, notice, err := labs.OpenProgress(data)
	if err != nil {
		return nil, err
	}
	w := &workshop{data: data, places: p, progress: progress, options: tui.Options{Labs: all, ClusterName: p.name(), Progress: progress, Notice: notice}}
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
	show := tui.Run
	if w.talk {
		show = plain.Run
	}
	err := show(ctx, w.options)
	return errors.Join(err, w.clusters.close())
}

// connect starts the cluster, beside the app.
func (w *workshop) connect(ctx context.Context) (tui.Cluster, error) {
	c, err := w.places.start(ctx)
	if err != nil {
		return tui.Cluster{}, err
	}
	source, err := sourceOf(c)
	if err != nil {
		return tui.Cluster{}, errors.Join(err, c.Close())
	}
	return tui.Cluster{
		Detail:     c.Detail(),
		Kubeconfig: c.Kubeconfig(),
		States:     kube.Watch(ctx, c.Config()),
		Source:     source,
		Open: func(ctx context.Context, lab *labs.Lab) (tui.Session, error) {
			written := filepath.Join(w.data, "written", lab.ID)
			return labs.Open(ctx, lab, c, venue.Shell(c), labs.KeepIn(written), labs.NoteIn(w.progress))
		},
	}, w.clusters.add(c.Close)
}

// sourceOf is what the app's screens ask a cluster by; kubectl, which says what a command would send, is this program.
func sourceOf(c labs.Cluster) (*inspect.Cluster, error) {
	source, err := inspect.New(c.Config())
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return source, nil //nolint:nilerr // files can be explained without kubectl
	}
	return source.WithKubectl(inspect.Program(c.Kubeconfig(), self, "kubectl")), nil
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
