package why

import (
	"strings"

	"podsec/engine/why"
	"podsec/kube/inspect"
	"podsec/tui/style"
	"podsec/tui/text"
)

// edit is a line of a diff.
type edit struct {
	mark string // style.Added, style.Removed, or "" for a line that stays
	text string
	line int // in the new text, from 1; 0 for a line that goes
}

// diff compares texts line by line, by their longest common subsequence.
func diff(before, after string) []edit {
	a, b := strings.Split(strings.TrimRight(before, "\n"), "\n"), strings.Split(strings.TrimRight(after, "\n"), "\n")
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			common[i][j] = max(common[i+1][j], common[i][j+1])
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	var out []edit
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, edit{"", b[j], j + 1})
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || common[i+1][j] >= common[i][j+1]):
			out = append(out, edit{style.Removed, a[i], 0})
			i++
		default:
			out = append(out, edit{style.Added, b[j], j + 1})
			j++
		}
	}
	return out
}

// around is how many lines that stay are shown on both sides of those that do not.
const around = 3

// drawDiff draws the parts of a diff in which something changed; note says what stands beside a line.
func drawDiff(edits []edit, note func(e edit) string, width int, st style.Styles) []string {
	var out []string
	skipped := false
	for i, e := range edits {
		if e.mark == "" && !near(edits, i) {
			skipped = true
			continue
		}
		if skipped {
			out = append(out, st.Faint.Render(text.Cut("  ⋯", width)))
			skipped = false
		}
		line := "  " + text.Line(e.text)
		switch e.mark {
		case style.Added:
			line = st.Good.Render("+ " + text.Line(e.text))
		case style.Removed:
			line = st.Bad.Render("- " + text.Line(e.text))
		}
		out = append(out, text.Ends(line, st.Faint.Render(text.Line(note(e))), width))
	}
	return out
}

// near says whether a line is close to one that changed.
func near(edits []edit, i int) bool {
	for j := max(0, i-around); j <= min(len(edits)-1, i+around); j++ {
		if edits[j].mark != "" {
			return true
		}
	}
	return false
}

// owners says which rule made the lines of a text: those of a changed field and of what is below it.
func owners(after inspect.Source, rules []why.Rule) map[int]string {
	out := map[int]string{}
	lines := strings.Split(after.Text, "\n")
	for _, r := range rules {
		for _, c := range r.Changes {
			first := after.Line(c.Field)
			for n := first; n > 0 && n <= len(lines) && (n == first || indent(lines[n-1]) > indent(lines[first-1])); n++ {
				out[n] = r.Policy + "/" + r.Name
			}
		}
	}
	return out
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " -")) }
