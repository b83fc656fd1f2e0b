// Package table prints tables and colours texts as the Kyverno CLI 1.19 does.
package table

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/mattn/go-runewidth"
)

const (
	column, line = "│", "─"
	// charLimit is from what length on, in bytes, a cell is folded at its words.
	charLimit = 300
	// countFrom is from how many rows on their number stands in the first heading.
	countFrom = 11
)

var escapeRE = regexp.MustCompile("\033\\[(?:[0-9]{1,3}(?:;[0-9]{1,3})*)?[m|K]")

// Width returns how many columns of a terminal a text takes, without its escape sequences.
func Width(text string) int { return runewidth.StringWidth(Strip(text)) }

// Strip removes the escape sequences that colour a text.
func Strip(text string) string { return escapeRE.ReplaceAllLiteralString(text, "") }

// Print writes a table with borders. Cells may have several lines. coloured is about the heading only: cells bring their
// own colours. A table without rows is not printed.
func Print(w io.Writer, heading []string, rows [][]string, coloured bool) {
	if len(rows) == 0 {
		return
	}
	heading = append([]string(nil), heading...)
	if len(rows) >= countFrom {
		heading[0] = fmt.Sprintf("%s (%d) ", heading[0], len(rows))
	}
	widths := make([]int, len(heading))
	for i, text := range heading {
		widths[i] = Width(text)
	}
	cells := make([][][]string, len(rows))
	for r, row := range rows {
		for i, text := range row {
			lines := strings.Split(fold(text), "\n")
			cells[r] = append(cells[r], lines)
			for _, l := range lines {
				widths[i] = max(widths[i], Width(l))
			}
		}
	}
	rule := column
	for _, width := range widths {
		rule += strings.Repeat(line, width+2) + column
	}
	fmt.Fprintln(w, rule)
	fmt.Fprint(w, column)
	for i, text := range heading {
		text = pad(strings.ToUpper(strings.TrimSpace(text)), widths[i])
		if coloured {
			text = "\033[40;32m" + text + "\033[0m"
		}
		fmt.Fprintf(w, " %s %s", text, column)
	}
	fmt.Fprintf(w, "\n%s\n", rule)
	for _, row := range cells {
		printRow(w, row, widths)
	}
	fmt.Fprintln(w, rule)
}

// printRow writes one row, as many lines as its highest cell has.
func printRow(w io.Writer, row [][]string, widths []int) {
	height := 0
	for _, lines := range row {
		height = max(height, len(lines))
	}
	for n := range height {
		for i, lines := range row {
			text := "  "
			if n < len(lines) {
				text = lines[n]
			}
			fmt.Fprintf(w, "%s %s ", column, pad(text, widths[i]))
		}
		fmt.Fprintln(w, column)
	}
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-Width(text)))
}

// fold breaks a long text at its words, unless it has lines already.
func fold(text string) string {
	if len(text) <= charLimit {
		return text
	}
	if strings.Contains(text, "\n") {
		if strings.HasSuffix(text, "\n") {
			// The printer that the real one uses drops a letter too many here.
			return fold(text[:len(text)-2])
		}
		return text
	}
	words := strings.Fields(text)
	if len(words) == 0 {
		return text
	}
	folded, left := words[0], charLimit-len(words[0])
	for _, word := range words[1:] {
		if size := len(word) + 1; size <= left {
			folded += " " + word
			left -= size + 1
			continue
		}
		folded += "\n" + word
		left = charLimit - len(word)
	}
	return folded
}
