package why

import (
	"fmt"
	"io"
	"strings"

	"podsec/engine"
	"podsec/engine/document"
)

// WriteText writes the explanation for people: plain text, no wider than what the policies and the resource say.
func (e *Explanation) WriteText(out io.Writer) error {
	t := &text{}
	t.line(0, "%s%s, %s%s", e.Resource, in(e.At), e.Operation, e.pretended())
	t.mutation(e)
	t.images(e)
	t.security(e.Security)
	t.validation(e)
	t.elsewhere(e.Elsewhere)
	t.verdict(e)
	_, err := io.WriteString(out, t.b.String())
	return err
}

// pretended says that an object without a text, which is one of a cluster, is not created in truth.
func (e *Explanation) pretended() string {
	if e.At == (document.Position{}) && e.Operation == engine.Create {
		return " as if it were new"
	}
	return ""
}

// text is an explanation's text in the making.
type text struct{ b strings.Builder }

// line writes one line; every depth is two spaces.
func (t *text) line(depth int, format string, args ...any) {
	t.b.WriteString(strings.Repeat("  ", depth))
	fmt.Fprintf(&t.b, format, args...)
	t.b.WriteByte('\n')
}

// title starts a part.
func (t *text) title(format string, args ...any) {
	t.b.WriteByte('\n')
	t.line(0, format, args...)
}

// in is a place in parentheses, "" for nowhere.
func in(p document.Position) string {
	if p == (document.Position{}) {
		return ""
	}
	return " (" + p.String() + ")"
}

// at is where a clause stands: its place in a file, or its path in a policy that has no file.
func at(clause string, p document.Position) string {
	if p == (document.Position{}) && clause != "" {
		return " (" + clause + ")"
	}
	return in(p)
}

func (t *text) mutation(e *Explanation) {
	if len(e.Mutate) == 0 {
		return
	}
	t.title("Kyverno's mutate rules")
	for _, group := range grouped(e.Mutate) {
		t.group(group, e)
	}
}

func (t *text) images(e *Explanation) {
	if len(e.Images) == 0 {
		return
	}
	t.title("Kyverno's verifyImages rules")
	for _, group := range grouped(e.Images) {
		t.group(group, e)
	}
	for _, c := range e.Noted {
		t.change(c)
	}
}

func (t *text) validation(e *Explanation) {
	if e.Filter != "" {
		t.title("Kyverno's resource filter %s keeps admission from looking at this resource.", e.Filter)
		t.line(0, "What the rules would say (background scans and reports do not use the filters):")
	} else if len(e.Validate) > 0 {
		t.title("Kyverno's validate rules")
	}
	for _, group := range grouped(e.Validate) {
		t.group(group, e)
	}
}

func (t *text) elsewhere(rules []Rule) {
	if len(rules) == 0 {
		return
	}
	t.title("Not decided here")
	for _, r := range rules {
		t.line(1, "%s/%s%s: %s", r.Policy, r.Name, in(r.At), r.Message)
	}
}

func (t *text) security(s *PodSecurity) {
	if s == nil {
		return
	}
	if len(s.Modes) == 0 {
		t.title("Pod Security Admission: namespace %s has no labels for it, so every pod may run.", s.Namespace)
		return
	}
	t.title("Pod Security Admission, by the labels of namespace %s", s.Namespace)
	for _, m := range s.Modes {
		t.line(1, "%s %s:%s  %s", m.Name, m.Level, m.Version, m.outcome())
		for _, c := range m.Checks {
			t.check(2, c)
		}
	}
}

// outcome is what a mode does to the request.
func (m Mode) outcome() string {
	switch {
	case m.Allowed:
		return "passes"
	case !m.Applies:
		return "is for pods only: the object is stored, and its pods will be refused"
	case m.Name == "enforce":
		return "denies"
	case m.Name == "warn":
		return "warns"
	}
	return "is recorded in the audit log"
}

func (t *text) verdict(e *Explanation) {
	v := e.Verdict
	switch {
	case !v.Admitted:
		t.title("Verdict: denied by %s", who(v.By))
		for _, other := range v.Others {
			t.line(1, "and if it did not, %s would", who(other))
		}
		for line := range strings.Lines(strings.Trim(v.Message, "\n")) {
			t.line(1, "| %s", strings.TrimSuffix(line, "\n"))
		}
	case v.Reported > 0:
		t.title("Verdict: admitted, and %s in reports", count(v.Reported, "failed rule"))
	default:
		t.title("Verdict: admitted")
	}
	for _, warning := range v.Warnings {
		t.line(1, "Warning: %s", warning)
	}
}

// who names who denies a request.
func who(by string) string {
	if strings.Contains(by, ".kyverno.") {
		return "Kyverno (" + by + ")"
	}
	return "Pod Security Admission"
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
