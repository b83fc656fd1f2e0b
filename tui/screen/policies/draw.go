package policies

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/duration"

	"podsec/kube/inspect"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/page"
	"podsec/tui/widget/scroll"
	"podsec/tui/widget/yaml"
)

// View implements screen.Component.
func (m *Model) View() []string {
	p := m.page()
	p.Body = m.body(max(0, m.height-p.Lines()))
	return p.Render(m.width, m.height, m.styles)
}

func (m *Model) page() page.Page {
	p := page.Page{Path: []string{"Policies"}, Keys: m.short()}
	st := m.styles
	if m.open {
		p.Path = append(p.Path, m.subject.kind+" "+m.subject.name)
	} else {
		p.Note = st.Muted.Render(text.Plural(m.list.policies, "policy", "policies"))
	}
	if m.problem != "" {
		p.Status = st.Bad.Render(style.Failed + " " + m.problem)
	}
	return p
}

// arrange hands sizes down and makes the texts anew.
func (m *Model) arrange() {
	body := max(0, m.height-m.page().Lines())
	m.list.table.SetSize(m.width, body-len(m.teaching()))
	below := max(0, body-1) // the views' names
	m.matches.table.SetSize(m.width, max(0, below-1))
	m.panel.table.SetSize(m.width, max(0, below-len(m.knobs())-2))
	m.pane.SetSize(m.width, below)
	if m.open && m.view != nil {
		m.pane.SetLines(m.text(scroll.TextWidth(m.width)))
	}
}

// teaching are the lines above the list of a cluster without policies.
func (m *Model) teaching() []string {
	if m.list.policies > 0 || !m.seen {
		return nil
	}
	says := "There is no ClusterPolicy and no Policy yet: apply one, and its status, its matches and its failures are here. The labels of namespaces decide too; policies of other kinds are not listed here."
	if !m.kyverno {
		says = "Kyverno is not installed. What decides are the labels of namespaces, by Pod Security Admission: i asks what other labels would do."
	}
	var out []string
	for _, l := range text.Wrap(says, max(1, m.width-4)) {
		out = append(out, "  "+m.styles.Muted.Render(l))
	}
	return append(out, "")
}

func (m *Model) body(height int) []string {
	st := m.styles
	switch {
	case !m.seen:
		return page.Says(m.width, height, st, "Asking the cluster"+text.Ellipsis)
	case !m.open:
		return append(m.teaching(), m.list.table.Render(true, m.toneOfRow, st)...)
	}
	out := []string{m.tabs()}
	switch {
	case m.tab == whatIf:
		return append(out, m.drawPanel(height-1)...)
	case m.view == nil:
		return append(out, page.Says(m.width, height-1, st, "Reading "+text.Line(m.subject.name)+text.Ellipsis)...)
	case m.tab == matches:
		return append(out, m.drawMatches(height-1)...)
	}
	return append(out, m.pane.Render(st.Line)...)
}

// names are the names of the views.
func names() []string { return []string{"Status", "YAML", "Autogen", "Matches", "What if"} }

// tabs is the line with the views' names.
func (m *Model) tabs() string {
	if m.subject.namespace {
		return text.Fit("  "+m.styles.HeadFocus.Render("What if its labels were others"), m.width)
	}
	out := " "
	for i, name := range names() {
		if tab(i) == m.tab {
			out += m.styles.HeadFocus.Render(style.Focus+name) + "  "
			continue
		}
		out += m.styles.Key.Render(fmt.Sprint(i+1)) + " " + m.styles.Head.Render(name) + "  "
	}
	return text.Fit(strings.TrimRight(out, " "), m.width)
}

// tabAt is the view whose name is at a column.
func (m *Model) tabAt(x int) (tab, bool) {
	at := 1
	for i, name := range names() {
		width := text.Width(name) + 4
		if tab(i) == m.tab {
			width--
		}
		if x >= at && x < at+width && !m.subject.namespace {
			return tab(i), true
		}
		at += width
	}
	return 0, false
}

// text is what the pane shows of the policy.
func (m *Model) text(width int) []string {
	st := m.styles
	switch m.tab {
	case manifest:
		return yaml.Render(text.Clean(m.view.YAML), width, st)
	case generated:
		return m.generated(width)
	}
	return m.status(width)
}

// status is how the policy is, and what happened to it.
func (m *Model) status(width int) []string {
	v, st := m.view, m.styles
	symbol, tone := style.Done, st.Good
	if !v.Ready {
		symbol, tone = style.Failed, st.Bad
	}
	message := text.Line(v.Message)
	if v.Ready && strings.EqualFold(message, "ready") { // Kyverno's, which says nothing more
		message = ""
	}
	out := []string{tone.Render(symbol+" ready ") + st.Muted.Render(text.Cut(message, max(0, width-8)))}
	pair := func(name, value string) {
		if value != "" {
			out = append(out, st.Muted.Render(text.Fit(name, 16))+text.Cut(text.Line(value), max(0, width-16)))
		}
	}
	pair("failureAction", strings.Join(v.Actions, ", "))
	pair("level", strings.Trim(v.Level+":"+v.Version, ":"))
	pair("failurePolicy", v.Failure)
	pair("rules", fmt.Sprintf("%d written, %d generated", m.subject.rules, len(v.Generated)))
	pair("failures", fmt.Sprintf("%d in the reports", m.subject.fails))
	out = append(out, "", st.HeadFocus.Render("events"))
	if len(v.Events) == 0 {
		out = append(out, st.Muted.Render("none"))
	}
	for _, e := range v.Events {
		head := st.Warn.Render(style.Skipped) + " " + text.Line(e.Reason) + st.Faint.Render(" "+duration.HumanDuration(m.now().Sub(e.Time))+" ago")
		out = append(out, text.Cut(head, width))
		for _, l := range text.Wrap(text.Line(e.Message), max(1, width-2)) {
			out = append(out, "  "+st.Muted.Render(l))
		}
	}
	if v.Status != "" {
		out = append(append(out, "", st.HeadFocus.Render("status")), yaml.Highlight(strings.TrimSpace(text.Clean(v.Status)), "yaml", st)...)
	}
	for i := range out {
		out[i] = text.Cut(out[i], width)
	}
	return out
}

// generated are the rules that Kyverno made.
func (m *Model) generated(width int) []string {
	st := m.styles
	if len(m.view.Generated) == 0 {
		return wrap("Kyverno generated no rules for pod controllers: the policy is not about pods alone, has the annotation pod-policies.kyverno.io/autogen-controllers: none, or is not ready yet.", width, st)
	}
	out := wrap("Kyverno wrote these rules to status.autogen: the same checks for the pods that controllers make.", width, st)
	for _, g := range m.view.Generated {
		out = append(out, "", st.HeadFocus.Render(text.Cut(text.Line(g.Name), width)))
		out = append(out, yaml.Render(text.Clean(g.YAML), width, st)...)
	}
	return out
}

func wrap(s string, width int, st style.Styles) []string {
	var out []string
	for _, l := range text.Wrap(s, max(1, width)) {
		out = append(out, st.Muted.Render(l))
	}
	return out
}

// drawMatches lists what the policy looks at.
func (m *Model) drawMatches(height int) []string {
	st, l := m.styles, &m.matches
	switch {
	case !l.asked:
		return page.Says(m.width, height, st, "Judging what it matches"+text.Ellipsis)
	case len(l.Found) == 0:
		return page.Says(m.width, height, st, "It matches nothing", "No object in the cluster is of a kind, in a namespace, or with a name that its rules are about.")
	}
	counts := map[inspect.Verdict]int{}
	for _, o := range l.Found {
		counts[o.Verdict]++
	}
	line := st.Muted.Render(text.Plural(len(l.Found), "object", "objects"))
	for _, v := range []inspect.Verdict{inspect.Denied, inspect.Reported, inspect.Admitted} {
		if counts[v] > 0 {
			line += "  " + toneOf(v, st).Render(fmt.Sprintf("%d %s", counts[v], v))
		}
	}
	if l.Owned > 0 {
		line += st.Faint.Render(fmt.Sprintf("  and %d that these made", l.Owned))
	}
	return append([]string{text.Fit("  "+line, m.width)}, l.table.Render(true, m.toneOfMatch, st)...)
}

// toneOf is the colour of a verdict.
func toneOf(v inspect.Verdict, st style.Styles) style.Paint {
	switch v {
	case inspect.Denied, inspect.PodsRefused:
		return st.Bad
	case inspect.Reported, inspect.Warned:
		return st.Warn
	case inspect.Admitted:
		return st.Good
	}
	return st.Muted
}

func (m *Model) toneOfMatch(row, column int) style.Paint {
	switch column {
	case 0:
		return m.styles.Text
	case 1:
		return toneOf(m.matches.Found[row].Verdict, m.styles)
	case 2:
		return m.styles.Second
	}
	return m.styles.Muted
}

func (m *Model) toneOfRow(row, column int) style.Paint {
	r, st := m.list.rows[row], m.styles
	switch column {
	case 0:
		if r.namespace {
			return st.Muted
		}
		return st.Strong
	case 2:
		switch {
		case strings.Contains(r.decides, "Enforce"), strings.Contains(r.decides, "enforce"):
			return st.Accent
		case r.decides == "no labels":
			return st.Faint
		}
		return st.Warn
	case 3:
		return st.Second
	case 5:
		if r.ready {
			return st.Good
		}
		return st.Bad
	case 6:
		if r.fails > 0 {
			return st.Bad
		}
	}
	return st.Muted
}
