package tui

import (
	"slices"
	"sync"

	tea "charm.land/bubbletea/v2"

	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/screen/home"
)

// progress is what the learner did, as it is kept. One save runs at a time; what changes meanwhile is saved after it.
type progress struct {
	store    Progress
	cluster  string
	all      map[string]map[string]kept // by cluster and lab
	kept     map[string]kept            // those of the cluster
	saving   tea.Cmd                    // the save under way, nil for none
	pending  []record                   // what changed while saving
	quitting bool                       // quit when the save is done
	notes    turns
}

// kept is how far the learner is in a lab, by the IDs of steps.
type kept struct {
	step string   // "" when the lab was not opened yet
	done []string // in the order of the lab
}

// record is what one save keeps.
type record struct {
	cluster, lab string
	kept
}

func newProgress(store Progress, cluster string, labs []*labs.Lab) progress {
	p := progress{store: store, all: map[string]map[string]kept{}}
	p.changeTo(cluster, labs)
	return p
}

// changeTo goes on with what the learner did on another cluster.
func (p *progress) changeTo(cluster string, labs []*labs.Lab) {
	if p.all[cluster] == nil {
		p.all[cluster] = read(p.store, cluster, labs)
	}
	p.cluster, p.kept = cluster, p.all[cluster]
}

// read is what was kept of labs on a cluster.
func read(store Progress, cluster string, labs []*labs.Lab) map[string]kept {
	out := map[string]kept{}
	if store == nil {
		return out
	}
	for _, l := range labs {
		known := store.Lab(cluster, l.ID)
		k := kept{step: known.Step}
		for _, s := range l.Steps {
			if _, ok := known.Done[s.ID]; ok {
				k.done = append(k.done, s.ID)
			}
		}
		out[l.ID] = k
	}
	return out
}

// place turns what is kept of a lab into indices of its steps. Who left a step that was just done goes on with the one
// after it: the lab is prepared up to the step that it is opened at, and not beyond.
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
	pos = index[known.step]
	if next := pos + 1; done[pos] && next < len(l.Steps) && !done[next] {
		pos = next
	}
	return pos, done
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
	r := record{cluster: p.cluster, lab: id, kept: p.kept[id]}
	if p.saving != nil {
		older := func(o record) bool { return o.cluster == r.cluster && o.lab == r.lab }
		p.pending = append(slices.DeleteFunc(p.pending, older), r)
		return nil
	}
	return p.write(r)
}

func (p *progress) write(r record) tea.Cmd {
	store := p.store
	p.saving = sync.OnceValue(func() tea.Msg { return savedMsg{err: store.Save(r.cluster, r.lab, r.step, r.done)} })
	return p.saving
}

// saved goes on with what changed meanwhile.
func (p *progress) saved() tea.Cmd {
	p.saving = nil
	if len(p.pending) == 0 {
		return nil
	}
	next := p.pending[0]
	p.pending = p.pending[1:]
	return p.write(next)
}

// flush waits for the save under way and keeps what changed meanwhile. It is for the end of the app, when commands may
// not be started any more, and nobody hears of their messages.
func (p *progress) flush() {
	for p.saving != nil {
		p.saving()
		p.saved()
	}
	p.notes.finish()
}

// recall shows how far the learner is in the labs on the cluster.
func (m *Model) recall() {
	for i := range m.opts.Labs {
		m.home.SetProgress(i, m.summary(i))
	}
	m.home.Select(m.resumeAt())
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
	if out.AtEnd = out.Finished(l) && pos >= lastRequired(l); out.AtEnd {
		out.Current = 0
	}
	return out
}

// lastRequired is the last step of a lab that counts; there may be side steps after it.
func lastRequired(l *labs.Lab) int {
	last := 0
	for i, step := range l.Steps {
		if step.Edition == "" {
			last = i
		}
	}
	return last
}

// resumeAt is the lab to go on with: the last one that was begun and is not done, else the first one not begun.
func (m *Model) resumeAt() int {
	fresh, begun := -1, -1
	for i, l := range m.opts.Labs {
		p := m.summary(i)
		switch {
		case p.Started && !p.Finished(l):
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
	note := m.notes.next(func() { _ = store.Note(cluster, l.ID, id, more) })
	return func() tea.Msg {
		note()
		return nil
	}
}
