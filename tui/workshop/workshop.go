// Package workshop is the app on a cluster: it brings together the labs, the learner's progress, where labs take place,
// and how the app looks.
package workshop

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"podsec/engine/image"
	"podsec/kube"
	"podsec/kube/inspect"
	"podsec/labs"
	"podsec/labs/venue"
	"podsec/tui"
	"podsec/tui/plain"
)

// Workshop is the terminal app on a cluster.
type Workshop struct {
	Options  tui.Options
	Talk     bool // in lines, instead of drawing
	places   *Places
	data     string // the folder of the learner's data
	progress *labs.Progress
	clusters atClose
}

// New reads the labs and the learner's progress. args may name a lab to begin with.
func New(folder fs.FS, p *Places, args []string) (*Workshop, error) {
	return NewIn(labs.DataDir(), folder, p, args)
}

// NewIn is New with a folder of its own for the learner's data.
func NewIn(data string, folder fs.FS, p *Places, args []string) (*Workshop, error) {
	all, err := labs.Load(folder)
	if err != nil {
		return nil, err
	}
	progress, notice, err := labs.OpenProgress(data)
	if err != nil {
		return nil, err
	}
	w := &Workshop{data: data, places: p, progress: progress, Options: tui.Options{Labs: all, ClusterName: p.Name(), Progress: progress, Notice: notice}}
	w.Options.Connect, w.Options.Places = w.connectTo(p.Connection.Context), w.choices
	if len(args) > 0 {
		lab, err := labs.Find(all, args[0])
		if err != nil {
			return nil, err
		}
		w.Options.Lab = lab.ID
	}
	return w, nil
}

// Main is Run for a process that does nothing else: what is written to its standard error does not garble the screen.
func (w *Workshop) Main(ctx context.Context) error {
	if w.Talk {
		return w.Run(ctx)
	}
	return aside(func() error { return w.Run(ctx) })
}

// Run shows the app until the learner leaves it.
func (w *Workshop) Run(ctx context.Context) error {
	run := tui.Run
	if w.Talk {
		run = plain.Run
	}
	return errors.Join(run(ctx, w.Options), w.clusters.close())
}

// connect starts the cluster of a place, beside the app.
func (w *Workshop) connect(ctx context.Context, p *Places) (tui.Cluster, error) {
	c, err := p.Start(ctx)
	if err != nil {
		return tui.Cluster{}, explained(err)
	}
	once := sync.OnceValue(c.Close) // the learner may change to another cluster, and the app may end
	source, err := sourceOf(c)
	if err != nil {
		return tui.Cluster{}, errors.Join(err, c.Close())
	}
	tries := &labs.Tries{}
	return tui.Cluster{
		Close:      once,
		Detail:     c.Detail(),
		Kubeconfig: c.Kubeconfig(),
		States:     explainedStates(ctx, tries.Filter(ctx, kube.Watch(ctx, c.Config()))),
		Source:     source,
		Explain:    p.explain,
		Open: func(ctx context.Context, lab *labs.Lab) (tui.Session, error) {
			written := filepath.Join(w.data, "written", lab.ID)
			return labs.Open(ctx, lab, c, venue.Shell(c), labs.KeepIn(written), labs.NoteIn(w.progress), labs.NoteTries(tries))
		},
	}, w.clusters.add(once)
}

// sourceOf is what the app's screens ask a cluster by; kubectl, which says what a command would send, is this program.
func sourceOf(c labs.Cluster) (*inspect.Cluster, error) {
	source, err := inspect.New(c.Config())
	if err != nil {
		return nil, err
	}
	if v, ok := c.(interface {
		Verifier(secrets image.Secrets) *image.Verifier
	}); ok {
		source.WithImages(v.Verifier(source))
	}
	self, err := os.Executable()
	if err != nil {
		return source, nil //nolint:nilerr // files can be explained without kubectl
	}
	return source.WithKubectl(inspect.Program(c.Kubeconfig(), self, "kubectl")), nil
}
