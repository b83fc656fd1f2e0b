package tui

import (
	tea "charm.land/bubbletea/v2"

	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/screen/home"
)

// progress is what the learner did, as it is kept. One save runs at a time; what changes meanwhile is saved after it.
type progress struct {
	store    Progress
	cluster  string
	kept     map[string]kept // by lab
	saving   bool
	pending  []string // labs that changed while saving
	quitting bool     // quit when the save is done
}

// kept is how far the learner is in a lab, by the IDs of steps.
type kept struct {
	step string   // "" when the lab was not opened yet
	done []string // in the order of the lab
}

func newProgress(store Progress, cluster string, all []*labs.Lab) progress {
	p := progress{store: store, cluster: cluster, kept: map[string]kept{}}
	if store == nil {
		return p
	}
	for _, l := range all {
		known := store.Lab(cluster, l.ID)
		k := kept{step: known.Step}
		for _, s := range l.Steps {
			if _, ok := known.Done[s.ID]; ok {
				k.done = append(k.done, s.ID)
			}
		}
		p.kept[l.ID] = k
	}
	return p
}

// place turns what is kept of a lab into indices of its steps.
func (p *progress) place(l *labs.Lab) (pos int, done map[int]bool) {
	known, done := p.kept[l.ID], map[int]bool{}
	index := map[string]int{}
	for i, s := range l.Steps {
		index[s.ID] = i
	}
	for _, id := range known.done {
		if i, ok := index[id]; ok {
			done[i] = true
		}
	}
	return index[known.step], done
}

// note takes down where a learner is in a lab.
func (p *progress) note(l *labs.Lab, pos int, done map[int]bool) {
	var k kept
	for i, s := range l.Steps {
		if done[i] {
			k.done = append(k.done, s.ID)
		}
		if i == pos {
			k.step = s.ID
		}
	}
	p.kept[l.ID] = k
}

// save keeps what is known of a lab.
func (p *progress) save(id string) tea.Cmd {
	if p.store == nil {
		return nil
	}
	if p.saving {
		p.pending = append(p.pending, id)
		return nil
	}
	p.saving = true
	store, cluster, k := p.store, p.cluster, p.kept[id]
	return func() tea.Msg { return savedMsg{err: store.Save(cluster, id, k.step, k.done)} }
}

// saved goes on with what changed meanwhile.
func (p *progress) saved() tea.Cmd {
	p.saving = false
	if len(p.pending) == 0 {
		return nil
	}
	id := p.pending[len(p.pending)-1]
	rest := p.pending[:0]
	for _, other := range p.pending {
		if other != id {
			rest = append(rest, other)
		}
	}
	p.pending = rest
	return p.save(id)
}

// keep takes down and saves where the learner is in the lab on the screen.
func (m *Model) keep() tea.Cmd {
	l := m.lab.Lab()
	m.note(l, m.lab.Position(), m.lab.Done())
	m.home.SetProgress(m.labAt, m.summary(m.labAt))
	return tea.Batch(m.save(l.ID), m.wanted())
}

// summary is how far the learner is in a lab, for the home screen.
func (m *Model) summary(i int) home.Progress {
	l := m.opts.Labs[i]
	pos, done := m.place(l)
	out := home.Progress{Current: pos, Started: m.kept[l.ID].step != "", Steps: done}
	for step := range done {
		if l.Steps[step].Edition == "" {
			out.Done++
		}
	}
	return out
}

// resumeAt is the lab to go on with: the last one that was begun and is not done, else the first one not begun.
func (m *Model) resumeAt() int {
	fresh, begun := -1, -1
	for i, l := range m.opts.Labs {
		p := m.summary(i)
		switch {
		case p.Started && p.Done < screen.Required(l):
			begun = i
		case !p.Started && fresh < 0:
			fresh = i
		}
	}
	if begun >= 0 {
		return begun
	}
	return max(0, fresh)
}

// noted keeps what a step took. That is for the record: when it cannot be kept, the next save says so.
func (m *Model) noted(n screen.Noted) tea.Cmd {
	store, ok := m.progress.store.(Noter)
	l, step := m.lab.Lab(), m.lab.Position()
	if !ok || step >= len(l.Steps) {
		return nil
	}
	cluster, id, more := m.progress.cluster, l.Steps[step].ID, labs.StepProgress{Hints: n.Hints, Right: n.Right}
	return func() tea.Msg {
		_ = store.Note(cluster, l.ID, id, more)
		return nil
	}
}
