// Package why is the screen that explains what becomes of a request: its way through mutation, Pod Security Admission and
// validation, the line of the policy that decided, the field of the object that it is about, and the proven fix.
package why

import (
	"context"

	"podsec/engine/fix"
	"podsec/kube/inspect"
	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/scroll"
	"podsec/tui/widget/table"
)

// Source is what the screen asks of the cluster.
type Source interface {
	// Explain explains what becomes of an object, or of what a command sends.
	Explain(ctx context.Context, q inspect.Question) ([]inspect.Answer, error)
	// Fix looks for the smallest change after which no rule fails.
	Fix(ctx context.Context, a inspect.Answer) (*fix.Fix, error)
	// Repair makes that change in the cluster.
	Repair(ctx context.Context, a inspect.Answer, f *fix.Fix) error
}

// repair is the About of the Show that follows when the learner wants a fix applied.
type repair struct{}

// view is what the lower part of the screen shows.
type view int

const (
	evidence view = iota // policy and object with the lines that decided
	changes              // of the mutation
	remedy               // the fix
)

// Model is the screen.
type Model struct {
	source  Source
	styles  style.Styles
	width   int
	height  int
	subject screen.Subject
	answers []inspect.Answer
	at      int  // the answer that is shown
	scan    bool // stored objects are judged as they are, not as if they were new
	problem string
	busy    bool

	items   []item
	says    []string            // the lines of the verdict
	colours map[string][]string // the lines of texts of the answer in colour
	table   table.Table
	view    view
	object  bool // where there is room for one text, it is the object's
	pane    scroll.Pane
	fix     *fix.Fix
	adopt   *screen.Adopt // the fix in the learner's file; nil when it does not go there
	unfix   string        // why there is no fix
}

// New returns the screen without a subject.
func New(source Source, st style.Styles) *Model {
	return &Model{source: source, styles: st, pane: scroll.New(false), colours: map[string][]string{}}
}

// SetSize implements screen.Component.
func (m *Model) SetSize(width, height int) {
	m.width, m.height = width, height
	m.arrange()
}

// SetStyles implements screen.Styled.
func (m *Model) SetStyles(st style.Styles) {
	m.styles, m.colours = st, map[string][]string{}
	m.arrange()
}

// SetAbout implements screen.About: a screen.Subject.
func (m *Model) SetAbout(about any) screen.Intent {
	switch about := about.(type) {
	case screen.Subject:
		m.subject, m.answers, m.items, m.problem = about, nil, nil, ""
		m.view, m.at = evidence, 0
		m.scan = about.Rule != "" // a rule that judged what is stored
		return m.explain()
	case repair:
		return m.repair()
	}
	return nil
}

// Open implements screen.Opener: what was not answered when the screen was left is asked again.
func (m *Model) Open() screen.Intent {
	if m.subject == (screen.Subject{}) || len(m.answers) > 0 && m.fix != nil {
		return nil
	}
	return m.explain()
}

// The names of the screen's jobs.
const (
	explaining = "explain"
	fixing     = "fix"
)

func (m *Model) explain() screen.Intent {
	m.busy, m.fix, m.adopt, m.unfix = true, nil, nil, ""
	source, question := m.source, questionOf(m.subject)
	question.Scan = m.scan && question.Command == ""
	return screen.Do{ID: explaining, What: "judging", Work: func(ctx context.Context) (any, error) {
		return source.Explain(ctx, question)
	}}
}

// questionOf is what the cluster is asked about a subject.
func questionOf(s screen.Subject) inspect.Question {
	return inspect.Question{
		Ref: inspect.Ref{Kind: kindWord(s), Namespace: s.Namespace, Name: s.Name}, Command: s.Command, Folder: s.Folder,
		Printed: s.Output,
	}
}

// Done implements screen.Worker.
func (m *Model) Done(_ string, result any, err error) screen.Intent {
	m.busy = false
	switch r := result.(type) {
	case []inspect.Answer:
		if err != nil {
			m.problem = text.Line(err.Error())
			m.arrange()
			return nil
		}
		m.problem, m.answers = "", r
		if len(r) > 0 {
			m.show(m.worst(r))
		}
		return m.lookForFix()
	case *fix.Fix:
		m.fix, m.unfix = r, ""
		if err != nil {
			m.fix, m.unfix = nil, text.Line(err.Error())
		}
		m.adopt = m.adoption()
		m.arrange()
	case repaired:
		if err != nil {
			m.problem = text.Line(err.Error())
			m.arrange()
			return nil
		}
		m.view = evidence
		return m.explain()
	}
	return nil
}

// show goes to one of the answers, with the cursor on what decided.
func (m *Model) show(at int) {
	m.at, m.fix, m.adopt, m.unfix = at, nil, nil, ""
	m.items, m.colours = itemsOf(m.answer()), map[string][]string{}
	m.table.Set(columns(), rows{items: m.items, width: &m.width})
	m.table.Select(decisive(m.items, m.subject))
	m.pane.Home()
	m.arrange()
}

// answer is the one that is shown; there must be one.
func (m *Model) answer() inspect.Answer { return m.answers[m.at] }

// worst is the answer about the object that the subject names, else the first answer of a request that is denied or was left
// without an answer, else of one with something against it, else the first.
func (m *Model) worst(answers []inspect.Answer) int {
	named := inspect.Ref{Kind: m.subject.Kind, Namespace: m.subject.Namespace, Name: m.subject.Name}
	for i, a := range answers {
		if a.Ref == named {
			return i
		}
	}
	for i, a := range answers {
		if !a.Verdict.Admitted || m.unanswered(a) != "" {
			return i
		}
	}
	for i, a := range answers {
		if len(a.Failed("")) > 0 {
			return i
		}
	}
	return 0
}

func (m *Model) lookForFix() screen.Intent {
	if len(m.answers) == 0 {
		return nil
	}
	source, answer := m.source, m.answer()
	return screen.Do{ID: fixing, What: "looking for a fix", Work: func(ctx context.Context) (any, error) {
		return source.Fix(ctx, answer)
	}}
}

// repaired says that a fix was made.
type repaired struct{}

func (m *Model) repair() screen.Intent {
	if m.fix == nil || len(m.answers) == 0 {
		return nil
	}
	source, answer, found := m.source, m.answer(), m.fix
	return screen.Do{ID: fixing, What: "applying the fix", Work: func(ctx context.Context) (any, error) {
		return repaired{}, source.Repair(ctx, answer, found)
	}}
}
