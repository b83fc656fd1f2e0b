package workshop

import (
	"context"

	"podsec/kube"
	"podsec/kube/live"
)

// trouble is an error of a cluster in the learner's words.
type trouble struct {
	live.Trouble
	err error
}

// Error implements error.
func (t *trouble) Error() string { return t.Problem }

// Hint says what to do about it, for the app.
func (t *trouble) Hint() string { return t.Trouble.Hint }

// Unwrap implements errors.Unwrap.
func (t *trouble) Unwrap() error { return t.err }

// explained says what an error of a cluster means.
func explained(err error) error {
	if err == nil {
		return nil
	}
	return &trouble{live.Explain(err), err}
}

// explain says what an error of a real cluster means, if there is something that the learner can do about it. What a simulated
// cluster answers means what it says.
func (p *Places) explain(err error) error {
	if !p.Connection.Live() || err == nil {
		return err
	}
	if t := live.Explain(err); t.Hint != "" {
		return &trouble{t, err}
	}
	return err
}

// explainedStates says in each state what its error means.
func explainedStates(ctx context.Context, states <-chan kube.State) <-chan kube.State {
	out := make(chan kube.State)
	go func() {
		defer close(out)
		for state := range states {
			if state.Lost() != nil {
				state.Err = explained(state.Err)
			}
			select {
			case out <- state:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}
