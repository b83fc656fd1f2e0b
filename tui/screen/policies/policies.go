// Package policies is the screen about what decides in the cluster: Kyverno's policies with their status, the rules that
// Kyverno generated, what they match now, and the Pod Security labels of namespaces; and what would be different if one
// of them were.
package policies

import (
	"context"
	"time"

	"podsec/kube"
	"podsec/kube/inspect"
	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/scroll"
)

// Source is what the screen asks of the cluster.
type Source interface {
	// Policy reads a policy by its key.
	Policy(ctx context.Context, key string) (inspect.PolicyView, error)
	// Matches judges what a policy looks at.
	Matches(ctx context.Context, key string) (inspect.Matches, error)
	// WhatIf says what a change would do to what is in the cluster.
	WhatIf(ctx context.Context, change inspect.Change) (inspect.Impact, error)
}

// tab is a view of one policy.
type tab int

const (
	status tab = iota
	manifest
	generated
	matches
	whatIf
	tabCount
)

// Model is the screen.
type Model struct {
	source  Source
	now     func() time.Time
	styles  style.Styles
	width   int
	height  int
	seen    bool
	kyverno bool
	spaces  []string
	changed screen.Latest[struct{}] // the cluster is not what it was

	list    list
	open    bool // one policy or namespace is shown, and not the list
	subject row
	tab     tab
	view    *inspect.PolicyView
	matches matchList
	panel   panel
	pane    scroll.Pane
	problem string
}

// New returns the screen; now is the clock that ages are told by.
func New(source Source, now func() time.Time, st style.Styles) *Model {
	return &Model{source: source, now: now, styles: st, pane: scroll.New(false)}
}

// SetSize implements screen.Component.
func (m *Model) SetSize(width, height int) {
	m.width, m.height = width, height
	m.arrange()
}

// SetStyles implements screen.Styled.
func (m *Model) SetStyles(st style.Styles) {
	m.styles = st
	m.arrange()
}

// SetState implements screen.Stateful.
func (m *Model) SetState(s kube.State) {
	m.seen, m.kyverno = true, s.Kyverno
	m.spaces = m.spaces[:0]
	for _, n := range s.Namespaces {
		m.spaces = append(m.spaces, n.Name)
	}
	m.list.set(s)
	for _, r := range m.list.rows {
		if m.open && r.key == m.subject.key && r.namespace == m.subject.namespace {
			m.subject = r
		}
	}
	m.changed.Set(struct{}{})
	m.arrange()
}

// Open implements screen.Opener.
func (m *Model) Open() screen.Intent {
	if m.open {
		return m.load("reading " + m.subject.name)
	}
	return nil
}

// SetAbout implements screen.About: the key of a policy.
func (m *Model) SetAbout(about any) screen.Intent {
	key, _ := about.(string)
	for i, r := range m.list.rows {
		if r.key != "" && r.key == key {
			m.list.table.Select(i)
			return m.enter()
		}
	}
	return nil
}

// The names of the screen's jobs.
const (
	reading = "read"
	judging = "judge"
	waiting = "wait"
)

// enter goes to the row under the cursor.
func (m *Model) enter() screen.Intent {
	r, ok := m.list.under()
	if !ok {
		return nil
	}
	m.open, m.subject, m.view, m.problem, m.list.moved = true, r, nil, "", true
	m.tab = status
	if r.namespace {
		m.tab = whatIf
	}
	m.matches, m.panel = matchList{}, panel{}
	m.arrange()
	return m.load("reading " + r.name)
}

// load asks for what is shown of the subject. What names it for the learner, "" when it is only asked again.
func (m *Model) load(what string) screen.Intent {
	if m.subject.namespace {
		if m.panel.knobs == nil {
			m.panel.set(knobsOfNamespace(m.subject))
			m.arrange()
		}
		return m.judge()
	}
	source, key := m.source, m.subject.key
	return screen.Do{ID: reading, What: text.Line(what), Work: func(ctx context.Context) (any, error) {
		found, err := source.Policy(ctx, key)
		return &found, err
	}}
}

// match asks what the policy matches.
func (m *Model) match() screen.Intent {
	source, key := m.source, m.subject.key
	what := "judging"
	if m.matches.asked {
		what = ""
	}
	return screen.Do{ID: judging, What: what, Work: func(ctx context.Context) (any, error) {
		return source.Matches(ctx, key)
	}}
}

// judge asks what the change that is set would do; without one there is nothing to ask.
func (m *Model) judge() screen.Intent {
	change, ok := m.panel.change(m.subject)
	m.panel.impact, m.panel.asked = nil, ok
	m.arrange()
	if !ok {
		return m.wait()
	}
	source := m.source
	return screen.Do{ID: judging, What: "judging before and after", Work: func(ctx context.Context) (any, error) {
		return source.WhatIf(ctx, change)
	}}
}

// wait waits until the cluster changed.
func (m *Model) wait() screen.Intent {
	changed := m.changed.Wait()
	return screen.Do{ID: waiting, Work: func(ctx context.Context) (any, error) {
		select {
		case c := <-changed:
			return c, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
}

// Done implements screen.Worker.
func (m *Model) Done(_ string, result any, err error) screen.Intent {
	if !m.open {
		return nil
	}
	m.problem = ""
	if err != nil {
		m.problem = text.Line(err.Error())
		m.arrange()
		return m.wait()
	}
	defer m.arrange()
	switch r := result.(type) {
	case *inspect.PolicyView:
		m.view = r
		if m.panel.knobs == nil {
			m.panel.set(knobsOfPolicy(r, m.spaces))
		}
		if m.tab == matches || m.tab == whatIf && !m.matches.asked {
			return m.match()
		}
		return m.wait()
	case inspect.Matches:
		m.matches.set(r)
		m.panel.offer(r.Found)
		return m.wait()
	case inspect.Impact:
		m.panel.take(r)
		return m.wait()
	case screen.Given[struct{}]:
		m.changed.TakeIn(r)
		if m.tab == whatIf {
			return m.wait() // the learner's question stays as it was asked
		}
		return m.load("")
	}
	return nil
}
