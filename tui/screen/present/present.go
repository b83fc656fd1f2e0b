// Package present is the face that a lab shows to a room: one thing at a time, with a lot of space around it. What is
// shown is a frame: a paragraph, a manifest, a question, a command as it is typed, what it printed, what was checked.
//
// The lab itself, and what was run of it, is that of package lab: commands run in its session, and what they print is
// what they really printed. This package decides what of it is in sight.
package present

import (
	"context"
	"time"

	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/screen/lab"
	"podsec/tui/style"
	"podsec/tui/widget/markdown"
	"podsec/tui/widget/scroll"
)

// Options is what a presentation is made of.
type Options struct {
	// Bench is the lab as it is worked on.
	Bench *lab.Model
	// Speed is how many characters of a command are typed in a second; 0 shows commands at once.
	Speed int
	// Next is the index of the lab after this one and NextTitle its title; "" when there is none.
	Next      int
	NextTitle string
	// Now is the clock.
	Now func() time.Time
}

// Model is the screen.
type Model struct {
	bench  *lab.Model
	opts   Options
	plan   []time.Duration // by step
	keys   keyMap
	styles style.Styles
	prose  *markdown.Renderer
	width  int
	height int

	step    int // the one that frames are of
	frames  []frame
	at      int         // the frame in sight
	entries int         // commands that were run so far
	ran     map[int]int // the command that each step ran last
	running bool        // a command, as far as was seen
	solved  bool        // the solution is what the step ran last

	typed typist
	black bool // nothing is to be seen
	quiet bool // the clock is not to be seen
	clock clock
	pane  scroll.Pane
	tight bool // the frame is too long for empty lines around it
}

// New returns the presentation of a lab at its current step.
func New(o Options, st style.Styles) *Model {
	m := &Model{
		bench: o.Bench, opts: o, plan: o.Bench.Lab().Plan(), keys: defaultKeys(), ran: map[int]int{}, pane: scroll.New(false),
		clock: clock{spent: map[int]time.Duration{}},
	}
	m.SetStyles(st)
	m.turnTo(o.Bench.Position())
	return m
}

// SetStyles implements screen.Styled.
func (m *Model) SetStyles(st style.Styles) {
	m.styles, m.prose = st, markdown.NewRenderer(st)
	m.bench.SetStyles(st)
}

// SetSize implements screen.Component.
func (m *Model) SetSize(width, height int) {
	m.width, m.height = width, height
	m.bench.SetSize(width, height)
}

// Open implements screen.Opener: the clock is looked at as long as the screen is shown.
func (m *Model) Open() screen.Intent { return wait(clockJob, time.Second) }

// Typing implements screen.Typing: keys type the command, or go to the editor.
func (m *Model) Typing() bool { return m.bench.Editing() || m.typed.hand }

// Editing reports whether a file is being written.
func (m *Model) Editing() bool { return m.bench.Editing() }

// Paste implements screen.Paster.
func (m *Model) Paste(text string) screen.Intent { return m.bench.Paste(text) }

// Wheel implements screen.Wheeler.
func (m *Model) Wheel(_, _, lines int) { m.pane.Lines(lines) }

// The jobs that a presentation waits for.
const (
	clockJob = "clock"
	typeJob  = "type"
)

// wait has the screen told when some time has passed.
func wait(job string, d time.Duration) screen.Intent {
	return screen.Do{ID: job, Work: func(ctx context.Context) (any, error) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(d):
			return nil, nil
		}
	}}
}

// Done implements screen.Worker: some time has passed.
func (m *Model) Done(job string, _ any, err error) screen.Intent {
	m.sync()
	switch {
	case err != nil:
		return nil
	case job == clockJob:
		m.tick()
		return m.Open()
	case job == typeJob && m.typed.auto && m.frame().kind == command:
		return m.typeOn()
	}
	return nil
}

// sync follows what happened to the lab: it went to another step, started over, or a command was started or ended.
func (m *Model) sync() {
	if n := m.bench.Entries(); n < m.entries {
		m.entries = n
		clear(m.ran)
		m.turnTo(m.bench.Position())
	}
	if pos := m.bench.Position(); pos != m.step {
		m.turnTo(pos)
	}
	if n := m.bench.Entries(); n > m.entries {
		m.entries, m.ran[m.step], m.running = n, n-1, true
		m.show(m.find(output, checks))
	}
	if m.running && !m.bench.Busy() {
		m.running = false
		m.pane.Home()
	}
}

// tick adds the time that passed to the current step.
func (m *Model) tick() {
	if phase, _, _ := m.bench.Phase(); phase == lab.Open {
		m.clock.tick(m.step, m.opts.Now())
	}
}

// turnTo goes to the first frame of a step.
func (m *Model) turnTo(step int) {
	m.tick()
	m.step, m.frames, m.solved = step, framesOf(m.bench.Lab(), step), false
	m.show(0)
}

// show goes to a frame of the step.
func (m *Model) show(frame int) {
	m.at = max(0, min(frame, len(m.frames)-1))
	m.typed = typist{whole: m.shown()}
	m.pane.Home()
}

// shown reports whether the step's command was run and need not be run once more: it came to an end, and it was not the
// room's own try at what has a solution.
func (m *Model) shown() bool {
	_, ran := m.printed()
	o, judged := m.bench.Outcome()
	return ran && judged && (o.Passed || m.solved || !solves(m.stepNow()))
}

// printed is the command of the lab's transcript that the current step ran last.
func (m *Model) printed() (entry int, ran bool) {
	entry, ran = m.ran[m.step]
	_, judged := m.bench.Outcome()
	return entry, ran && (judged || m.bench.Busy() || entry == m.entries-1)
}

func (m *Model) frame() frame { return m.frames[m.at] }

// find is the first frame of one of the kinds, the earlier kind before the later; without one, the current frame.
func (m *Model) find(kinds ...kind) int {
	for _, k := range kinds {
		for i, f := range m.frames {
			if f.kind == k {
				return i
			}
		}
	}
	return m.at
}

// lastStep reports whether no step comes after the current one.
func (m *Model) lastStep() bool { return m.next() < 0 }

// next is the step to go on with, -1 for none: a step of an older edition is an offer, and only comes after another one
// of those.
func (m *Model) next() int {
	steps := m.bench.Lab().Steps
	for i := m.step + 1; i < len(steps); i++ {
		if steps[i].Edition == "" || m.stepNow().Edition != "" {
			return i
		}
	}
	return -1
}

// previous is the step before, -1 for none.
func (m *Model) previous() int {
	steps := m.bench.Lab().Steps
	for i := m.step - 1; i >= 0; i-- {
		if steps[i].Edition == "" || m.stepNow().Edition != "" {
			return i
		}
	}
	return -1
}

func (m *Model) stepNow() labs.Step { return m.bench.Step() }

var (
	_ screen.Worker  = (*Model)(nil)
	_ screen.Opener  = (*Model)(nil)
	_ screen.Styled  = (*Model)(nil)
	_ screen.Typing  = (*Model)(nil)
	_ screen.Paster  = (*Model)(nil)
	_ screen.Wheeler = (*Model)(nil)
)
