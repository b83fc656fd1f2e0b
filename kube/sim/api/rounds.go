package api

// Rounds is how far the mutation of a request is. All steps mutate once; when one of them asks for it, because others may
// have to see what it changed, all of them do so a second time. It is k8s.io/apiserver/pkg/admission's
// ReinvocationContext; its zero value is the first round.
type Rounds struct {
	again, wanted bool
	values        map[string]any
}

// IsReinvoke says that this is the second round.
func (r *Rounds) IsReinvoke() bool { return r.again }

// SetIsReinvoke begins the second round.
func (r *Rounds) SetIsReinvoke() { r.again = true }

// ShouldReinvoke says that a step asked for a second round.
func (r *Rounds) ShouldReinvoke() bool { return r.wanted }

// SetShouldReinvoke asks for a second round.
func (r *Rounds) SetShouldReinvoke() { r.wanted = true }

// SetValue keeps what a step must know in the second round.
func (r *Rounds) SetValue(step string, value any) {
	if r.values == nil {
		r.values = map[string]any{}
	}
	r.values[step] = value
}

// Value returns what a step has kept, or nil.
func (r *Rounds) Value(step string) any { return r.values[step] }
