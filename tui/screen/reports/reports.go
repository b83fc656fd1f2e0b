// Package reports is the screen on which Kyverno's policy reports are read: by namespace, policy, severity or result,
// down to the field of an object and the fix; and beside them the requests that were blocked, which no report shows.
package reports

import (
	"context"
	"time"

	"podsec/engine/fix"
	"podsec/kube"
	"podsec/kube/inspect"
	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/scroll"
	"podsec/tui/widget/search"
	"podsec/tui/widget/table"
)

// Source is what the screen asks of the cluster.
type Source interface {
	// Explain explains what becomes of an object.
	Explain(ctx context.Context, q inspect.Question) ([]inspect.Answer, error)
	// Fix looks for the smallest change after which no rule fails.
	Fix(ctx context.Context, a inspect.Answer) (*fix.Fix, error)
	// Predict says what background scans will report, by our own engine.
	Predict(ctx context.Context) (*inspect.Forecast, error)
}

// level is how deep the learner looks.
type level int

const (
	groups level = iota
	lines
	detail
	blocked
	refusal // one blocked request
)

// Model is the screen.
type Model struct {
	source Source
	now    func() time.Time
	styles style.Styles
	width  int
	height int

	states  screen.Latest[kube.State] // read beside the app
	last    kube.State
	scan    scan
	seen    bool // there was a state
	index   *index
	trend   trend
	at      level
	problem string

	by     grouping
	groups groupList
	lines  lineList
	search search.Line // in the lines
	events eventList
	pane   scroll.Pane
	found  findings
}

// New returns the screen; now is the clock that ages are told by.
func New(source Source, now func() time.Time, st style.Styles) *Model {
	m := &Model{source: source, now: now, styles: st, scan: newScan(), index: &index{}, pane: scroll.New(false)}
	m.events.now = now
	return m
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

// Started implements screen.Starter: the trend starts anew.
func (m *Model) Started() { m.trend = nil }

// SetState implements screen.Stateful. What there is to do with many reports is done beside the app.
func (m *Model) SetState(s kube.State) {
	m.seen, m.last = true, s
	m.trend.add(s)
	m.scan.changed.Set(struct{}{})
	m.states.Set(s)
}

// few is the number of reports, and of predictions, that are read at once, without a frame before.
const few = 500

// Open implements screen.Opener.
func (m *Model) Open() screen.Intent {
	f := m.scan.forecast.Load()
	if m.states.Pending() && len(m.last.Reports) <= few && (f == nil || len(f.Predictions) <= few) {
		m.take(read(m.states.Last(), f))
	}
	m.scan.changed.Set(struct{}{})
	m.scan.rest = 0
	both := screen.Both{First: m.wait(), Second: m.predict()}
	if m.at == detail {
		both.First = m.explain()
	}
	return both
}

// The names of the screen's jobs.
const (
	waiting    = "wait"
	explaining = "explain"
	fixing     = "fix"
	predicting = "predict"
)

// wait waits for the next state and reads it.
func (m *Model) wait() screen.Intent {
	states, forecast := m.states.Wait(), m.scan.forecast
	return screen.Do{ID: waiting, Work: func(ctx context.Context) (any, error) {
		select {
		case s := <-states:
			return read(s, forecast.Load()), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
}

// indexed is a state that was read.
type indexed struct {
	*index
	of screen.Given[kube.State]
}

func read(s screen.Given[kube.State], f *inspect.Forecast) indexed {
	return indexed{indexOf(s.Value, f), s}
}

// take shows another state.
func (m *Model) take(x indexed) {
	m.states.TakeIn(x.of)
	m.index = x.index
	m.events.set(x.blocked)
	m.regroup()
}

// regroup counts the groups anew, and the lines of the one that is open.
func (m *Model) regroup() {
	m.groups.set(m.index, m.by)
	m.relist()
}

// relist finds the lines of the group that is open.
func (m *Model) relist() {
	if m.at == lines || m.at == detail {
		m.lines.set(m.index, m.by, m.search.Words())
	}
	m.arrange()
}

// Done implements screen.Worker.
func (m *Model) Done(id string, result any, err error) screen.Intent {
	if id == predicting {
		return m.predicted(result, err)
	}
	switch r := result.(type) {
	case indexed:
		if err == nil {
			m.take(r)
		}
		return m.wait()
	case []inspect.Answer:
		m.found.explained(r, err)
		m.arrange()
		if err == nil && len(r) > 0 {
			return m.lookForFix(r[0])
		}
		return m.wait()
	case *fix.Fix:
		m.found.fix, m.found.done = r, true
		if err != nil {
			m.found.fix, m.found.problem = nil, text.Line(err.Error())
		}
		m.arrange()
		return m.wait()
	}
	return nil
}

// explain asks what the line is about: the field of the object, what was found there and what is wanted.
func (m *Model) explain() screen.Intent {
	m.found = findings{}
	source, l := m.source, m.lines.open
	ref := inspect.Ref{Kind: l.Kind, Namespace: l.Namespace, Name: l.Name}
	return screen.Do{ID: explaining, What: "judging", Work: func(ctx context.Context) (any, error) {
		return source.Explain(ctx, inspect.Question{Ref: ref, Scan: true})
	}}
}

func (m *Model) lookForFix(a inspect.Answer) screen.Intent {
	source := m.source
	return screen.Do{ID: fixing, What: "looking for a fix", Work: func(ctx context.Context) (any, error) {
		return source.Fix(ctx, a)
	}}
}

// Typing implements screen.Typing.
func (m *Model) Typing() bool { return m.at == lines && m.search.Typing() }

// Paste implements screen.Paster.
func (m *Model) Paste(s string) screen.Intent {
	if m.Typing() {
		m.search.Paste(s)
		m.relist()
	}
	return nil
}

// shown is the table of the level, nil at a text.
func (m *Model) shown() *table.Table {
	switch m.at {
	case groups:
		return &m.groups.table
	case lines:
		return &m.lines.table
	case blocked:
		return &m.events.table
	}
	return nil
}
