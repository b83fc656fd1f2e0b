package screen

import (
	"strings"

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

// Fitted is Line in a number of cells. Where there is no room for all of it, the last part of a name that has several
// (arn:aws:eks:…:cluster/lab) says more than the first; the name is then cut, and left out when nothing of it could be
// read.
func (c Cluster) Fitted(width int, st style.Styles) string {
	const readable = 4
	if line := c.Line(st); text.Width(line) <= width {
		return line
	}
	state, name := c.State(st), text.Line(c.Name)
	room := width - text.Width(state) - 1
	if room < readable {
		return state
	}
	if text.Width(name) > room {
		name = text.Cut(name[strings.LastIndex(name, "/")+1:], room)
	}
	return st.Muted.Render(name+" ") + state
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
