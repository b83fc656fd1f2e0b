// Package pending is the screen that stands for one about the cluster while there is no cluster.
package pending

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/text"
)

// Model is the screen.
type Model struct {
	name          screen.Name
	cluster       screen.Cluster
	styles        style.Styles
	again, leave  key.Binding
	width, height int
}

// New returns the screen.
func New(st style.Styles) *Model {
	return &Model{
		styles: st,
		again:  key.NewBinding(key.WithKeys("r", "enter"), key.WithHelp("r", "try again")),
		leave:  key.NewBinding(key.WithKeys("esc", "q"), key.WithHelp("esc", "back")),
	}
}

// SetName says which screen it stands for.
func (m *Model) SetName(name screen.Name) { m.name = name }

// SetStyles changes the look.
func (m *Model) SetStyles(st style.Styles) { m.styles = st }

// SetCluster says what is known of the cluster now.
func (m *Model) SetCluster(c screen.Cluster) { m.cluster = c }

// SetSize implements screen.Component.
func (m *Model) SetSize(width, height int) { m.width, m.height = width, height }

// Key implements screen.Component.
func (m *Model) Key(k tea.KeyPressMsg) screen.Intent {
	switch {
	case key.Matches(k, m.leave):
		return screen.Back{}
	case key.Matches(k, m.again) && m.cluster.Phase == screen.Unreachable:
		return screen.Connect{}
	}
	return nil
}

// Keys implements screen.Component.
func (m *Model) Keys() []screen.Group {
	again := m.again
	again.SetEnabled(m.cluster.Phase == screen.Unreachable)
	return []screen.Group{{Title: "Cluster", Keys: []key.Binding{again, m.leave}}}
}

// View implements screen.Component.
func (m *Model) View() []string {
	st := m.styles
	out := []string{" " + m.cluster.Line(st), ""}
	about := "The screen “" + string(m.name) + "” opens by itself when the cluster is up."
	if m.cluster.Phase == screen.Unreachable {
		about = text.Line(m.cluster.Problem) + ". " + text.Line(m.cluster.Hint) + " Press r to try again."
	}
	for _, line := range text.Wrap(about, max(1, m.width-2)) {
		out = append(out, " "+st.Muted.Render(line))
	}
	return text.Lines(out, m.width, m.height)
}
