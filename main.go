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
	"syscall"

	"github.com/spf13/cobra"

	"podsec/assets"
	kubecli "podsec/kube/cli"
	"podsec/kube/kubectl"
	"podsec/kube/live"
	"podsec/labs"
	labscli "podsec/labs/cli"
	"podsec/labs/venue"
	"podsec/tui/garbage"
	"podsec/tui/workshop"
)

func main() {
	// kubectl takes over the process, so it comes before anything else is built.
	if len(os.Args) > 1 && os.Args[1] == "kubectl" {
		kubectl.Main(os.Args[2:])
		return
	}
	// A terminal that goes away may say so more than once: what is cleaned up then is not disturbed.
	ctx, end := signal.NotifyContext(context.Background(), syscall.SIGHUP)
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal ends what does not heed the first
	status := run(ctx, os.Args[1:])
	stop()
	end()
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
	folder, p, looks := &labFolder{}, &workshop.Places{}, &workshop.Look{}
	root := &cobra.Command{
		Use:           "podsec [LAB]",
		Short:         "A workshop in your terminal: managing pod security with Kyverno",
		Long:          "podsec teaches pod security on Amazon EKS with Kyverno, on a simulated cluster inside this process.\nWithout a command it opens the workshop.",
		Example:       "  podsec                     open the workshop\n  podsec 02-pod-labels       open a lab\n  podsec run --all           run all labs without the terminal app",
		Args:          cobra.MaximumNArgs(1),
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRun: func(command *cobra.Command, _ []string) {
			understood()
			switch command.Name() {
			case "run":
				garbage.Collect(runGarbage)
			case "sim":
				go garbage.Tend(command.Context(), garbage.Server())
			}
		},
		RunE: func(command *cobra.Command, args []string) error {
			return open(command.Context(), folder, p, looks, args)
		},
	}
	root.PersistentFlags().StringVar(&folder.dir, "labs", "", "folder of labs to use instead of the workshop's own")
	root.AddCommand(kubecli.Sim(), kubecli.Kubectl(), kubecli.Helm(os.Exit))
	root.AddCommand(kubecli.Why(os.Exit), kubecli.Kyverno(os.Exit), kubecli.AWS(os.Exit), kubecli.Docker(os.Exit), kubecli.Cosign(os.Exit))
	root.AddCommand(labscli.Commands(labscli.Options{Labs: folder, Cluster: p.ForRun, Shell: venue.Shell, Render: workshop.Prose})...)
	root.AddCommand(kubecli.Doctor(&p.Connection, func() ([]live.Need, error) { return needs(folder) }, labs.DataDir), kubecli.Clean(&p.Connection, labs.DataDir), kubecli.Predict(&p.Connection))
	root.AddCommand(workshop.NewRecord(folder, p), workshop.NewPresent(folder, p))
	onCluster(root, p)
	looks.Bind(root)
	return root
}

// onCluster gives the flags of a real cluster to the commands that can work on one.
func onCluster(root *cobra.Command, p *workshop.Places) {
	p.Connection.Bind(root.Flags())
	for _, command := range root.Commands() {
		if slices.Contains([]string{"run", "doctor", "clean", "predict", "export", "record", "present"}, command.Name()) {
			p.Connection.Bind(command.Flags())
			_ = command.RegisterFlagCompletionFunc("context", p.Connection.Complete) // the flag is there
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

// runGarbage is how much garbage comes together while labs are run, in percent of what is in use: they end soon.
const runGarbage = 200

// open opens the workshop, at a lab if one is named.
func open(ctx context.Context, folder fs.FS, p *workshop.Places, looks *workshop.Look, args []string) error {
	w, err := workshop.New(folder, p, args)
	if err != nil {
		return err
	}
	if err := looks.Apply(w); err != nil {
		return err
	}
	if err := looks.Drawable(); err != nil {
		return err
	}
	if err := p.Agree(ctx); err != nil {
		return err
	}
	go garbage.Tend(ctx, garbage.App())
	return w.Main(ctx)
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
