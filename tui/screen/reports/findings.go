package reports

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/util/duration"

	"podsec/engine/fix"
	"podsec/kube/inspect"
	"podsec/tui/screen/why"
	"podsec/tui/style"
	"podsec/tui/text"
)

// findings is what is known of the line that is read beyond what the report says.
type findings struct {
	answer  *inspect.Answer
	fix     *fix.Fix
	problem string
	done    bool
}

func (f *findings) explained(answers []inspect.Answer, err error) {
	switch {
	case err != nil:
		f.problem, f.done = text.Line(err.Error()), true
	case len(answers) > 0:
		f.answer = &answers[0]
	default:
		f.done = true
	}
}

// write is the text of a line: what the report says, the fields that it is about, and the fix.
func (m *Model) write(width int) []string {
	l, st := m.lines.open, m.styles
	out := []string{
		m.toneOf(l.Result).Render(symbol(l.Result)+" "+text.Line(l.Result)) + "  " + st.Strong.Render(text.Cut(l.object, width-8)),
		"",
	}
	pair := func(name, value string) {
		if value == "" {
			return
		}
		for i, part := range text.Wrap(text.Clean(value), max(1, width-10)) {
			label := ""
			if i == 0 {
				label = name
			}
			out = append(out, st.Muted.Render(text.Fit(label, 10))+part)
		}
	}
	pair("Rule", l.rule)
	pair("Severity", l.Severity)
	pair("Message", l.Message)
	pair("Predicted", l.told())
	for _, name := range slices.Sorted(maps.Keys(l.Properties)) {
		pair(text.Line(name), l.Properties[name])
	}
	if l.Time.Unix() > 0 {
		pair("Seen", duration.HumanDuration(m.now().Sub(l.Time))+" ago")
	}
	return append(out, m.cause(width)...)
}

// cause is the fields that the line is about, and the fix.
func (m *Model) cause(width int) []string {
	f, st := m.found, m.styles
	var out []string
	if f.answer != nil {
		for _, finding := range why.Findings(*f.answer, m.lines.open.Policy, m.lines.open.Rule) {
			if out == nil {
				out = append(out, "", st.HeadFocus.Render("Where"))
			}
			for _, part := range text.Hang(text.Line(finding.Says), width-2, 2) {
				out = append(out, "  "+st.Bad.Render(part))
			}
			for _, note := range finding.Notes {
				for _, part := range text.Wrap(text.Line(note), max(1, width-4)) {
					out = append(out, "    "+st.Muted.Render(part))
				}
			}
		}
		if out == nil && (m.lines.open.Result == "fail" || m.lines.open.Result == "error") {
			out = append(out, "", st.Muted.Render(text.Cut("The rule has nothing against the object now: one of them changed since.", width)))
		}
	}
	switch {
	case f.problem != "":
		out = append(out, "", st.Bad.Render(text.Cut(style.Failed+" "+f.problem, width)))
	case f.fix != nil:
		out = append(append(out, "", st.HeadFocus.Render("Fix")), why.Proof(f.fix, width, st)...)
	case !f.done:
		out = append(out, "", st.Muted.Render("Judging the object"+text.Ellipsis))
	}
	return out
}
