package why

import (
	"fmt"
	"slices"
	"strings"

	"podsec/kube/inspect"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/yaml"
)

// coloured is a text in colour. It is kept as long as the text is the same, since the cursor moves more often.
func (m *Model) coloured(source inspect.Source) []string {
	lines, ok := m.colours[source.Text]
	if !ok {
		lines = yaml.Highlight(strings.TrimRight(text.Clean(source.Text), "\n"), "yaml", m.styles)
		m.colours[source.Text] = lines
	}
	return lines
}

// marked shows the part of a text around the first of some lines, which are marked. Lines count from 1; 0 is none.
func marked(all []string, lines []int, width, height int, st style.Styles) []string {
	if height <= 0 || width <= 0 {
		return nil
	}
	centre := 1
	for _, l := range lines {
		if l > 0 {
			centre = l
			break
		}
	}
	from := max(0, min(centre-1-height/3, len(all)-height))
	digits := len(fmt.Sprint(len(all)))
	var out []string
	for i := from; i < min(from+height, len(all)); i++ {
		number := text.FitRight(fmt.Sprint(i+1), digits)
		if slices.Contains(lines, i+1) {
			line := text.Row(width, st.Bad.Render(style.Cursor), " ", st.Strong.Render(number), "  ", all[i])
			out = append(out, st.Selected.Under(line))
			continue
		}
		out = append(out, text.Row(width, "  ", st.Faint.Render(number), "  ", all[i]))
	}
	return out
}

// deepest is the line of the path of which most is found.
func deepest(source inspect.Source, paths ...string) []int {
	lines := linesOf(source, paths...)
	if len(lines) == 0 {
		return nil
	}
	return []int{slices.Max(lines)}
}

// linesOf are the lines of the paths, those that are found, each once and in their order.
func linesOf(source inspect.Source, paths ...string) []int {
	var out []int
	for _, p := range paths {
		if line := source.Line(p); line > 0 && !slices.Contains(out, line) {
			out = append(out, line)
		}
	}
	return out
}
