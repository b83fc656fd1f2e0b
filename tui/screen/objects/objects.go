// Package objects is the screen on which the cluster's objects are looked at: kinds with their counts, the objects of a
// kind as they change, and one object's YAML and events.
package objects

import (
	"context"
	"time"

	"podsec/kube"
	"podsec/kube/inspect"
	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/widget/scroll"
	"podsec/tui/widget/search"
	"podsec/tui/widget/table"
)

// Source is what the screen asks of the cluster.
type Source interface {
	// Kinds are the kinds of objects that there are, uncounted.
	Kinds(ctx context.Context) ([]inspect.Kind, error)
	// Count says how many objects there are of each kind.
	Count(ctx context.Context, kinds []inspect.Kind) ([]inspect.Kind, error)
	// Objects lists a page of the objects of a kind in a namespace, "" for all.
	Objects(ctx context.Context, kind inspect.Kind, namespace, more string) (inspect.Table, error)
	// Follow waits for changes of those objects after a version.
	Follow(ctx context.Context, kind inspect.Kind, namespace, version string) (inspect.Changes, error)
	// View reads one object.
	View(ctx context.Context, ref inspect.Ref) (inspect.View, error)
}

// Filter is the About of a Show that has the screen list the objects of one namespace, "" for all.
type Filter struct{ Namespace string }

// level is how deep the learner looks.
type level int

const (
	kinds level = iota
	list
	object
)

// Model is the screen.
type Model struct {
	source Source
	now    func() time.Time
	styles style.Styles
	width  int
	height int
	at     level
	// problem is why the last question was not answered, "" when it was.
	problem string
	busy    bool // the first answer of the level is awaited

	kinds     kindList
	kind      inspect.Kind
	namespace string
	list      objectList
	view      view

	spaces  []string
	changed screen.Latest[struct{}] // the cluster is not what it was when kinds were counted
}

// part is what two of the levels have: a table, and what is searched for in it.
type part struct {
	table  table.Table
	search search.Line
}

// New returns the screen; now is the clock that ages are told by.
func New(source Source, now func() time.Time, st style.Styles) *Model {
	return &Model{source: source, now: now, styles: st, view: view{pane: scroll.New(false), now: now}}
}

// SetSize implements screen.Component.
func (m *Model) SetSize(width, height int) {
	m.width, m.height = width, height
	m.arrange()
}

// arrange hands the size down.
func (m *Model) arrange() {
	body := max(0, m.height-m.page().Lines())
	m.kinds.table.SetSize(m.width, body)
	m.list.table.SetSize(m.width, body)
	m.view.pane.SetSize(m.width, max(0, body-1))
	m.view.write(m.width, m.styles)
}

// SetStyles implements screen.Styled.
func (m *Model) SetStyles(st style.Styles) {
	m.styles = st
	m.view.write(m.width, st)
}

// SetState implements screen.Stateful: it names the namespaces, and has the kinds counted anew.
func (m *Model) SetState(s kube.State) {
	m.spaces = m.spaces[:0]
	for _, n := range s.Namespaces {
		m.spaces = append(m.spaces, n.Name)
	}
	m.changed.Set(struct{}{})
}

// Open implements screen.Opener: it asks for what is shown, since nothing was followed meanwhile.
func (m *Model) Open() screen.Intent {
	switch m.at {
	case list:
		return m.ask()
	case object:
		return m.read(m.view.Ref)
	}
	return m.count()
}

// SetAbout implements screen.About: a Filter, an inspect.Kind, or an inspect.Ref.
func (m *Model) SetAbout(about any) screen.Intent {
	switch about := about.(type) {
	case Filter:
		m.namespace = about.Namespace
		if m.at == list {
			return m.ask()
		}
	case inspect.Kind:
		return m.open(about)
	case inspect.Ref:
		return m.read(about)
	}
	return nil
}

// Typing implements screen.Typing.
func (m *Model) Typing() bool {
	p := m.part()
	return p != nil && p.search.Typing()
}

// Paste implements screen.Paster.
func (m *Model) Paste(s string) screen.Intent {
	if p := m.part(); p != nil && p.search.Typing() {
		p.search.Paste(s)
		m.refilter()
	}
	return nil
}

// part is the table that is shown, nil at an object.
func (m *Model) part() *part {
	switch m.at {
	case kinds:
		return &m.kinds.part
	case list:
		return &m.list.part
	}
	return nil
}

// refilter shows what the search finds.
func (m *Model) refilter() {
	if m.at == kinds {
		m.kinds.filter()
		return
	}
	m.list.filter()
}
