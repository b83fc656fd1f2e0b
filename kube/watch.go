package kube

import (
	"context"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
)

// statePause is the shortest time between two States: a burst of changes becomes one. A State that takes long to make is
// made less often, so that in a large cluster too most of the time is left to others.
const (
	statePause = 30 * time.Millisecond
	stateShare = 8
)

// Watch sends the state of the cluster once it is known, and again after changes, until ctx ends; then it closes the
// channel. A slow reader gets the latest State and misses those between. Nothing is polled. A watch that fails is
// opened again, with longer and longer pauses, and State.Err says so meanwhile. Kinds that the cluster does not serve
// yet (Kyverno's, before it is installed) are watched from when they appear.
//
// An error to connect at all is sent as the Err of an otherwise empty State.
func Watch(ctx context.Context, cfg *rest.Config) <-chan State {
	out := make(chan State)
	client, err := dynamic.NewForConfig(quiet(cfg))
	if err != nil {
		go sendError(ctx, out, err)
		return out
	}
	w := newWatcher(client)
	// client-go logs every failed watch to stderr, where the terminal app draws; State.Err says the same.
	ctx = klog.NewContext(ctx, logr.Discard())
	go func() {
		defer close(out)
		w.start(ctx)
		send(ctx, out, w)
		w.end()
	}()
	return out
}

// quiet is the config without warnings on stderr and with enough requests a second for the first lists.
func quiet(cfg *rest.Config) *rest.Config {
	own := rest.CopyConfig(cfg)
	own.WarningHandler, own.WarningHandlerWithContext = rest.NoWarnings{}, nil
	own.QPS, own.Burst = 100, 100
	return own
}

func sendError(ctx context.Context, out chan<- State, err error) {
	defer close(out)
	select {
	case out <- State{Err: err}:
	case <-ctx.Done():
	}
}

// send writes states to out until ctx ends.
func send(ctx context.Context, out chan<- State, w *watcher) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.changed:
		}
		took := time.Duration(0)
		if w.settled() {
			var going bool
			if took, going = offer(ctx, out, w); !going {
				return
			}
		}
		if !pause(ctx, took) {
			return
		}
	}
}

// offer builds a state and waits until it is taken; changes meanwhile replace it. It says how long building took, and
// returns false when ctx ended.
func offer(ctx context.Context, out chan<- State, w *watcher) (took time.Duration, going bool) {
	for {
		start := time.Now()
		state := w.state()
		took = time.Since(start)
		select {
		case out <- state:
			return took, true
		case <-ctx.Done():
			return took, false
		case <-w.changed:
		}
		if !pause(ctx, took) {
			return took, false
		}
	}
}

// pause waits before the next state; it returns false when ctx ended.
func pause(ctx context.Context, took time.Duration) bool {
	timer := time.NewTimer(max(statePause, stateShare*took))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
