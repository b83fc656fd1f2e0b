// Package lab is the screen on which a learner works through a lab: the explanation, the manifest and the command of a
// step, what the command printed, what was checked, and the cluster as it is.
package lab

import (
	"time"

	"podsec/kube"
	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/widget/cluster"
	"podsec/tui/widget/editor"
	"podsec/tui/widget/markdown"
	"podsec/tui/widget/prompt"
	"podsec/tui/widget/rail"
	"podsec/tui/widget/scroll"
	"podsec/tui/widget/transcript"
)

// Focus is a part of the screen that can be read and scrolled. Where there is no room for all, it is the one shown.
type Focus int

// The parts of the screen.
const (
	Read Focus = iota
	File
	Output
	Cluster
)

// Phase is how far the lab is opened.
type Phase int

// The phases of a lab.
const (
	Opening Phase = iota
	Open
	Broken
)

// Model is the screen.
type Model struct {
	lab      *labs.Lab
	files    map[string]string // by the name that steps give, clean
	phase    Phase
	problem  string
	hint     string
	pos      int
	furthest int
	done     map[int]bool
	outcomes map[int]labs.Outcome
	rungs    map[int]int  // hints shown, by step
	hinted   bool         // a hint was asked for after the step was run last
	guesses  map[int]int  // answers to questions, by step
	choice   int          // the answer under the cursor
	here     map[int]bool // steps that the lab's state holds
	task     *task
	solving  bool // the solution is what runs
	queued   bool // the step is to be run once the lab is ready
	nextLab  string

	editors map[int]*editor.Editor // by step
	editing bool
	opening bool // the editor opens when the file of the step has been read
	touched bool // something was written since the step was run last
	unsaved int  // keys since the text was saved last
	prompt  prompt.Prompt
	typing  bool

	cluster    screen.Cluster
	now, base  kube.State
	haveState  bool
	changes    int
	board      *cluster.Board // of now and base
	ran        bool           // a command, since the lab's start
	transcript transcript.Transcript

	keys   KeyMap
	styles style.Styles
	prose  *markdown.Renderer
	drawn  drawnFile
	shown  shownBoard

	focus  Focus
	zoom   bool
	all    bool // the cluster's rows that are only counted are shown too
	bare   bool
	width  int
	height int
	layout layout
	panes  [4]scroll.Pane
	stale  bool // the panes' texts are to be made again
}

// task is what runs now.
type task struct {
	what       string
	since, now time.Time
	ended      time.Time // when its command did, and its checks began
	ticks      int
	stopping   bool
}

// New returns the screen of a lab that is being opened, at the step pos, with the done steps known.
func New(l *labs.Lab, pos int, done map[int]bool, st style.Styles) *Model {
	m := &Model{
		lab: l, done: map[int]bool{}, outcomes: map[int]labs.Outcome{}, rungs: map[int]int{}, guesses: map[int]int{},
		here: map[int]bool{}, editors: map[int]*editor.Editor{}, prompt: prompt.New(&prompt.History{}),
		keys: DefaultKeys(), stale: true,
	}
	for i, d := range done {
		m.done[i] = d
	}
	for f := range m.panes {
		m.panes[f] = scroll.New(Focus(f) == Output)
	}
	m.SetStyles(st)
	m.move(pos)
	return m
}

// SetStyles changes the look.
func (m *Model) SetStyles(st style.Styles) {
	m.styles, m.prose, m.stale = st, markdown.NewRenderer(st), true
	m.drawn, m.shown = drawnFile{}, shownBoard{}
}

// SetCluster says what is known of the cluster now.
func (m *Model) SetCluster(c screen.Cluster) { m.cluster = c }

// SetFiles hands over the lab's files that steps are about, by name.
func (m *Model) SetFiles(files map[string]string) { m.files, m.stale = files, true }

// SetState shows another state of the cluster.
func (m *Model) SetState(s kube.State) {
	m.now, m.haveState, m.stale = s, true, true
	if !m.ran {
		m.base = s // what the start of the lab brings is no news
	}
	m.countChanges()
}

// countChanges counts what changed in the cluster since the step's command was started.
func (m *Model) countChanges() {
	m.board = cluster.NewBoard(m.now, m.base)
	m.changes = m.board.Changes()
}

// rebase takes the cluster's state as the one to compare with. At the start of the lab it follows the cluster until a
// command is run.
func (m *Model) rebase(ran bool) {
	m.base, m.ran, m.stale = m.now, ran, true
	m.countChanges()
}

// Opened says that the lab is ready to be worked on, as if the learner had come to a step.
func (m *Model) Opened(step int) {
	m.phase, m.task = Open, nil
	for i := range step {
		m.here[i] = true
	}
	m.arrange()
	m.rebase(false)
}

// Broke says that the lab could not be opened.
func (m *Model) Broke(problem, hint string) {
	m.phase, m.task, m.problem, m.hint, m.stale = Broken, nil, problem, hint, true
	m.arrange()
}

// Lab is the lab on the screen.
func (m *Model) Lab() *labs.Lab { return m.lab }

// Position is the index of the current step.
func (m *Model) Position() int { return m.pos }

// Done returns the indices of the steps that are done.
func (m *Model) Done() map[int]bool { return m.done }

// Busy reports whether something runs.
func (m *Model) Busy() bool { return m.task != nil }

// Begin says that something was started: "running", "checking", "resetting".
func (m *Model) Begin(what string, at time.Time) {
	m.task = &task{what: what, since: at, now: at}
	m.stale = true
}

// Tick moves the clock of what runs.
func (m *Model) Tick(now time.Time) {
	if m.task != nil {
		m.task.now = now
		m.task.ticks++
	}
}

// Stopping says that what runs was asked to stop.
func (m *Model) Stopping() {
	if m.task != nil {
		m.task.stopping = true
	}
}

// step is the current step; a lab without steps has an empty one.
func (m *Model) step() labs.Step {
	if m.pos < len(m.lab.Steps) {
		return m.lab.Steps[m.pos]
	}
	return labs.Step{Kind: labs.Read}
}

// Editing reports whether a file is being written.
func (m *Model) Editing() bool { return m.editing }

// Typing implements screen.Typing.
func (m *Model) Typing() bool { return m.editing || m.typing }

// Paste implements screen.Paster.
func (m *Model) Paste(pasted string) screen.Intent {
	switch {
	case m.editing:
		return m.paste(pasted)
	case m.typing:
		m.prompt.Paste(pasted)
		m.stale = true
	}
	return nil
}

// Queued reports whether the step is to be run now that the lab is ready, and forgets it.
func (m *Model) Queued() bool {
	queued := m.queued
	m.queued = false
	return queued && !m.asking()
}

// passed reports whether the current step was run here and its checks hold.
func (m *Model) passed() bool {
	o, ran := m.outcomes[m.pos]
	return ran && o.Passed
}

// State is how far a step is. Side steps are not skipped when they are passed by: they are an offer.
func (m *Model) State(i int) rail.State {
	switch {
	case m.done[i]:
		return rail.Done
	case m.here[i] && i < m.furthest:
		return rail.Applied
	case i < m.furthest && m.lab.Steps[i].Edition == "":
		return rail.Skipped
	}
	return rail.Todo
}

// move goes to a step; an index out of range is the nearest one.
func (m *Model) move(pos int) {
	m.pos = max(0, min(pos, len(m.lab.Steps)-1))
	m.furthest = max(m.furthest, m.pos)
	m.choice, m.editing, m.opening, m.typing, m.touched, m.hinted = undecided, false, false, false, false, false
	m.panes[Read].Home()
	m.panes[File].Home()
	m.focus, m.stale = Read, true
	m.arrange()
}
