package labs

import (
	"context"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/kube"
)

// Tries are the requests of checks that Kyverno refused: what a learner sees of blocked requests is without them. Kyverno's
// events do not say who sent a request, so the tries are counted by what was refused, and when. What cannot be counted stays
// among the learner's: a try whose answer did not come before the check's patience ended, and what one of Kyverno's webhooks
// refused when the answer is that of another. The zero Tries is ready for use; it may be used by several goroutines.
type Tries struct {
	mu      sync.Mutex
	refused map[refusal][]time.Time
}

// refusal is what an event says of a request that a rule refused.
type refusal struct {
	policy string // its name without a namespace
	what   string // "Pod default/nginx: [check-team"
}

// An event is of a try when it is at most tryTold later, since Kyverno writes events when it can, and at most tryEarly
// before it, since clocks differ and times of events are whole seconds. A cluster keeps events for longer, so that they cannot
// just be counted.
const (
	tryTold  = 30 * time.Second
	tryEarly = 2 * time.Second
)

// NoteTries has the session's checks note in tries what they had the cluster refuse.
func NoteTries(tries *Tries) Option { return func(s *Session) { s.view.tries = tries } }

// note counts what Kyverno refused of a try.
func (t *Tries) note(object *unstructured.Unstructured, err error, at time.Time) {
	if t == nil || err == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.refused == nil {
		t.refused = map[refusal][]time.Time{}
	}
	for _, denial := range ParseAnswer(1, err.Error()).Denials {
		for policy, rules := range denial.Policies {
			for rule := range rules {
				key := refusal{path.Base(policy), object.GetKind() + " " + path.Join(object.GetNamespace(), object.GetName()) + ": [" + rule}
				t.refused[key] = append(t.refused[key], at)
			}
		}
	}
}

// Without returns the events without those of tries. The events that it is given stay as they are.
func (t *Tries) Without(events []kube.Event) []kube.Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.refused) == 0 {
		return events
	}
	out, of := slices.Clone(events), map[refusal][]int{}
	for i, e := range out {
		if what, _, ok := strings.Cut(e.Message, "]"); ok && e.Blocked {
			key := refusal{path.Base(e.Object), what}
			of[key] = append(of[key], i)
		}
	}
	for key, times := range t.refused {
		for _, at := range times {
			take(out, of[key], at)
		}
	}
	return slices.DeleteFunc(out, func(e kube.Event) bool { return e.Count == 0 })
}

// take takes one request out of the event that is nearest to a time.
func take(events []kube.Event, candidates []int, at time.Time) {
	nearest, least := -1, tryTold
	for _, i := range candidates {
		late := events[i].Time.Sub(at)
		if far := late.Abs(); events[i].Count > 0 && late >= -tryEarly && far <= least {
			nearest, least = i, far
		}
	}
	if nearest >= 0 {
		events[nearest].Count--
	}
}

// Filter hands states on without the events of tries, until there are no more or ctx ends.
func (t *Tries) Filter(ctx context.Context, states <-chan kube.State) <-chan kube.State {
	out := make(chan kube.State)
	go func() {
		defer close(out)
		for state := range states {
			state.Events = t.Without(state.Events)
			select {
			case out <- state:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}
