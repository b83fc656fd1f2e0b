package transcript

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"podsec/tui/text"
)

// The last column of a row that is too wide, such as LABELS, goes on under itself where it has at least foldRoom cells
// and needs at most foldLines lines.
const (
	foldRoom  = 24
	foldLines = 4
)

// gap is what kubectl puts between two columns.
const gap = "   "

// table reports whether a line is a row of a table as kubectl prints them, with at least three spaces between columns, or as the
// Kyverno CLI does, between bars.
func table(line string) bool { return boxed(line) || strings.Contains(strings.TrimSpace(line), gap) }

// boxed reports whether a line is a row between bars, or a line between two such rows.
func boxed(line string) bool {
	const bar = "│"
	line = strings.TrimSpace(line)
	return len(line) > len(bar) && strings.HasPrefix(line, bar) && strings.HasSuffix(line, bar)
}

// row is what is shown of a row. Wrapped, its columns could not be told apart: only the last one may be.
func row(line string, width, shift int) []string {
	line = strings.TrimRight(line, " ")
	if shift > 0 {
		return []string{text.Ellipsis + text.Cut(ansi.Cut(line, shift+1, text.Width(line)), width-1)}
	}
	if need(line) > width || boxed(line) {
		return []string{text.Cut(line, width)}
	}
	start := lastColumn(line)
	column := text.Width(line[:start])
	lead := line[:start]
	var out []string
	for _, part := range strings.Split(text.FreeHyphens(ansi.Wrap(text.BindHyphens(line[start:]), width-column, ",")), "\n") {
		out = append(out, lead+part)
		lead = text.Spaces(column)
	}
	return out
}

// need is how wide a row must be shown for all of it to be seen.
func need(line string) int {
	if boxed(line) {
		return text.Width(strings.TrimRight(line, " "))
	}
	whole, column := text.Width(line), text.Width(line[:lastColumn(line)])
	room := max(foldRoom, (whole-column+foldLines-1)/foldLines)
	return min(whole, column+room)
}

// lastColumn is where the last column of a row begins, in bytes.
func lastColumn(line string) int {
	line = strings.TrimRight(line, " ")
	return strings.LastIndex(line, gap) + len(gap)
}
