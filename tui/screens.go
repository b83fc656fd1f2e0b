package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"podsec/tui/screen"
	"podsec/tui/screen/objects"
	"podsec/tui/screen/pending"
	"podsec/tui/screen/policies"
	reporting "podsec/tui/screen/reports"
	"podsec/tui/screen/why"
	"podsec/tui/style"
	"podsec/tui/widget/transcript"
)

// Source is what the screens about the cluster ask it for. Each of them defines the part that it needs, and those parts
// are embedded here. *inspect.Cluster is one.
type Source interface {
	objects.Source
	policies.Source
	reporting.Source
	why.Source
}

// surroundings is what a screen is made with.
type surroundings struct {
	styles style.Styles
	source Source // of the cluster that is up
	now    func() time.Time
}

// registration is a screen beside home and lab. All of them are made when the cluster is up, and again when it is
// another one; they are handed what the interfaces of package screen say that they take.
type registration struct {
	name screen.Name
	make func(s surroundings) screen.Component
}

// registered are the screens beside home and lab: a screen is plugged in with a line here.
func registered() []registration {
	return []registration{
		{screen.Objects, func(s surroundings) screen.Component { return objects.New(s.source, s.now, s.styles) }},
		{screen.Policies, func(s surroundings) screen.Component { return policies.New(s.source, s.now, s.styles) }},
		{screen.Reports, func(s surroundings) screen.Component { return reporting.New(s.source, s.now, s.styles) }},
		{screen.Why, func(s surroundings) screen.Component { return why.New(s.source, s.styles) }},
	}
}

// tabs are the screens that have a key and a place in the bar, in their order.
func tabs() []tab {
	return []tab{
		{"f2", "Lab", screen.Lab}, {"f3", "Cluster", screen.Objects}, {"f4", "Policies", screen.Policies},
		{"f5", "Reports", screen.Reports}, {"f6", "Shell", screen.Shell},
	}
}

type tab struct {
	key, label string
	name       screen.Name
}

// screens are those that were made, and the way that the learner took through them.
type screens struct {
	at   screen.Name
	past []screen.Name // before the one shown, the last one last
	made map[screen.Name]screen.Component
	wait *pending.Model // stands for a screen that cannot be made yet
}

// current is the screen that has the keys.
func (m *Model) current() screen.Component {
	switch {
	case m.at == screen.Lab && m.stage != nil:
		return m.stage
	case m.at == screen.Lab && m.lab != nil:
		return m.lab
	case m.at == screen.Home || m.at == screen.Lab:
		return m.home
	case m.at == screen.Shell:
		return m.shell
	case m.made[m.at] != nil:
		return m.made[m.at]
	}
	return m.wait
}

// populate makes the screens for the cluster that came up. What runs for those that they replace is stopped.
func (m *Model) populate() tea.Cmd {
	m.stopAll()
	m.made = map[screen.Name]screen.Component{}
	for _, r := range registered() {
		if m.cluster.Source != nil {
			m.made[r.name] = r.make(surroundings{styles: m.styles, source: m.cluster.Source, now: m.opts.Now})
		}
	}
	m.each(func(c screen.Component) {
		if s, ok := c.(screen.Informed); ok {
			s.SetCluster(m.about)
		}
		if s, ok := c.(screen.Stateful); ok && m.seen.any {
			s.SetState(m.seen.state)
		}
	})
	m.resize(m.width, m.height)
	return m.appear()
}

// each calls a function with all screens there are.
func (m *Model) each(call func(c screen.Component)) {
	call(m.home)
	call(m.wait)
	call(m.shell)
	if m.lab != nil {
		call(m.lab)
	}
	if m.stage != nil {
		call(m.stage)
	}
	for _, c := range m.made {
		call(c)
	}
}

// show goes to a screen.
func (m *Model) show(s screen.Show) tea.Cmd {
	name := s.Screen
	if name == screen.Lab && m.lab == nil {
		name = screen.Home
	}
	if name == screen.Home && m.lab != nil {
		name = screen.Lab // home is reached by leaving the lab, which asks when something runs
	}
	var store tea.Cmd
	if name != m.at {
		store = m.storeUnsaved(nil)
		m.stop(m.at)
		m.past = append(without(m.past, name), m.at)
		m.at = name
	}
	m.resize(m.width, m.height)
	var about tea.Cmd
	if c, ok := m.current().(screen.About); ok && s.About != nil {
		about = m.follow(c.SetAbout(m.placed(s.About)))
	}
	return tea.Batch(store, about, m.appear())
}

// placed says where a command of the lab ran, and what the learner is writing, for who explains it.
func (m *Model) placed(about any) any {
	subject, ok := about.(screen.Subject)
	if !ok {
		return about
	}
	if subject.Refused != "" {
		ran := m.refused(subject)
		subject.Command, subject.Folder, subject.Output = ran.Command, ran.Folder, ran.Output
	}
	if dir, has := m.session.(interface{ Dir() string }); has && subject.Command != "" && subject.Folder == "" {
		subject.Folder = dir.Dir()
	}
	if m.lab != nil {
		subject.File, subject.Draft = m.lab.Draft()
	}
	return subject
}

// refused is the command that sent what Kyverno refused; there is none when it was none of the lab's.
func (m *Model) refused(s screen.Subject) (ran transcript.Ran) {
	resource := s.Kind + "/" + s.Namespace + "/" + s.Name
	if m.lab != nil {
		ran = m.lab.Refused(resource)
	}
	if ran.Command == "" {
		ran = m.shell.Refused(resource)
	}
	return ran
}

// appear tells the screen that it is shown.
func (m *Model) appear() tea.Cmd {
	m.wait.SetName(m.at)
	if c, ok := m.current().(screen.Opener); ok {
		return m.follow(c.Open())
	}
	return nil
}

// back goes to the screen shown before.
func (m *Model) back() tea.Cmd {
	m.stop(m.at)
	m.at = screen.Home
	if m.lab != nil {
		m.at = screen.Lab
	}
	if n := len(m.past); n > 0 {
		m.at, m.past = m.past[n-1], m.past[:n-1]
	}
	m.resize(m.width, m.height)
	return m.appear()
}

func without(names []screen.Name, name screen.Name) []screen.Name {
	out := names[:0]
	for _, n := range names {
		if n != name {
			out = append(out, n)
		}
	}
	return out
}
