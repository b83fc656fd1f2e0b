package why

import (
	"slices"
	"strings"

	"podsec/engine/fix"
	"podsec/tui/style"
	"podsec/tui/text"
)

// mutation is the object's text before and after mutation, with the rule that did each line.
func (m *Model) mutation(width int) []string {
	a := m.answer()
	by := owners(a.After, a.Mutated().Mutate)
	return drawDiff(diff(a.Before.Text, a.After.Text), func(e edit) string { return by[e.line] }, width, m.styles)
}

// remedy is the fix: what changes and for which rule, what is left, and the change in the text.
func (m *Model) remedy(width int) []string {
	st := m.styles
	if m.fix == nil && m.unfix == "" {
		return []string{st.Muted.Render("Looking for the smallest change" + text.Ellipsis)}
	}
	if m.unfix != "" {
		return []string{st.Bad.Render(text.Cut(style.Failed+" "+m.unfix, width))}
	}
	out := Proof(m.fix, width, st)
	if len(m.fix.Patch) == 0 {
		return out
	}
	out = append(out, "")
	plain := func(edit) string { return "" }
	return append(out, drawDiff(diff(m.answer().Resource.Text, m.fix.YAML), plain, width, st)...)
}

// Proof says what a fix does and what it does not, as lines no wider than width.
func Proof(f *fix.Fix, width int, st style.Styles) []string {
	var out []string
	add := func(tone style.Paint, hang int, s string) {
		for i, l := range text.Wrap(text.Clean(s), max(1, width-hang)) {
			if i > 0 {
				l = "  " + l
			}
			out = append(out, text.Spaces(hang)+tone.Render(text.Cut(l, width-hang)))
		}
	}
	switch {
	case f.Proven && len(f.Changes) == 0:
		add(st.Good, 0, style.Done+" Nothing to change: every rule passes.")
	case f.Proven:
		add(st.Good, 0, style.Done+" Proven: judged again with these changes, every rule passes.")
	case len(f.Changes) == 0:
		add(st.Warn, 0, style.Skipped+" No change is known that helps.")
	default:
		add(st.Warn, 0, style.Skipped+" These changes help, but not every rule passes with them.")
	}
	for _, c := range f.Changes {
		add(st.Strong, 2, c.String())
		add(st.Muted, 4, "for "+strings.Join(c.For, ", "))
		for _, note := range slices.DeleteFunc([]string{c.Choose, c.Caution}, func(s string) bool { return s == "" }) {
			add(st.Warn, 4, "but "+note)
		}
	}
	for _, r := range f.Remains {
		add(st.Bad, 2, r.Rule+" still fails")
		for _, reason := range r.Reasons {
			add(st.Muted, 4, reason)
		}
	}
	return out
}
