package workshop

import (
	"context"
	"fmt"
	"time"

	"podsec/kube/live"
	"podsec/labs"
	"podsec/labs/venue"
	"podsec/tui"
	"podsec/tui/screen"
)

// answerWithin is how long a cluster may take to say which one it is, with what gets credentials for it.
const answerWithin = 30 * time.Second

// choices are the clusters that the learner may change to in the app: the simulated one, and those that the kubeconfig
// names. Without any of these there is no choice.
func (w *Workshop) choices() ([]tui.Place, error) {
	names, current, err := live.Contexts(w.places.Connection.Kubeconfig)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	out := []tui.Place{{Name: venue.SimulatedName, Note: "in this program", Connect: w.connectTo("")}}
	clean := "podsec clean"
	if file := w.places.Connection.Kubeconfig; file != "" {
		clean += " --kubeconfig " + labs.Quote(file)
	}
	for _, name := range names {
		place := tui.Place{
			Name: name, Note: "your kubeconfig", Look: w.lookAt(name), Connect: w.connectTo(name),
			Moved: fmt.Sprintf("Labs take place on %s now. What they make there stays until: %s --context %s", name, clean, labs.Quote(name)),
		}
		if name == current {
			place.Note += "'s current context"
		}
		out = append(out, place)
	}
	return out, nil
}

// lookAt returns what finds out about the cluster of a context.
func (w *Workshop) lookAt(name string) func(context.Context) (tui.Sight, error) {
	return func(ctx context.Context) (tui.Sight, error) {
		p := w.places.at(name)
		p.beside = true
		target, err := p.target()
		if err != nil {
			return tui.Sight{}, err
		}
		ctx, cancel := context.WithTimeout(ctx, answerWithin)
		defer cancel()
		version, err := target.Version(ctx)
		if err != nil {
			return tui.Sight{}, explained(err)
		}
		out := tui.Sight{Text: fmt.Sprintf("context  %s\nserver   %s\nversion  %s", target.Context, target.Server, version)}
		for _, c := range target.Consents() {
			out.Questions = append(out.Questions, screen.Question{Ask: c.Ask, Want: c.Want})
		}
		return out, nil
	}
}

// connectTo returns what connects to the cluster of a context, or with "" starts the simulated one.
func (w *Workshop) connectTo(name string) func(context.Context) (tui.Cluster, error) {
	return func(ctx context.Context) (tui.Cluster, error) {
		p := w.places.at(name)
		p.beside = !w.Talk
		return w.connect(ctx, p)
	}
}
