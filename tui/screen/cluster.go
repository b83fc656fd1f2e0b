package screen

import (
	"podsec/labs"
	"podsec/tui/style"
	"podsec/tui/text"
)

// Phase is the state of the cluster in use.
type Phase int

// The phases of a cluster.
const (
	Starting Phase = iota
	Ready
	Unreachable
	Lost // it was ready, does not answer now, and is tried again by itself
)

// Cluster is what screens say of the cluster in use.
type Cluster struct {
	Name       string // "simulated"
	Detail     string // "Kubernetes v1.36.3"
	Kubeconfig string // path, for another terminal
	Phase      Phase
	Problem    string // why it cannot be reached: Unreachable, Lost
	Hint       string
}

// Line names the cluster and says how it is.
func (c Cluster) Line(st style.Styles) string {
	return st.Muted.Render(text.Line(c.Name)+" ") + c.State(st)
}

// State says how the cluster is, without its name.
func (c Cluster) State(st style.Styles) string {
	switch c.Phase {
	case Ready:
		return st.Good.Render(style.Here + " ready")
	case Unreachable:
		return st.Bad.Render(style.Failed + " no answer")
	case Lost:
		return st.Bad.Render(style.Failed + " reconnecting")
	}
	return st.Warn.Render(style.Todo + " starting")
}

// Required is the number of steps that make a lab done: side steps with an older edition's commands do not count.
func Required(l *labs.Lab) int {
	n := 0
	for _, s := range l.Steps {
		if s.Edition == "" {
			n++
		}
	}
	return n
}
