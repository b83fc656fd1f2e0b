// Package text makes text fit for a terminal screen: it takes out what could steer the terminal, and cuts, pads and
// wraps by display width. Whatever comes from a cluster, an image or a lab's files passes through Clean before it is
// drawn.
package text

import (
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// TabWidth is the distance of tab stops, as in a terminal.
const TabWidth = 8

// Clean returns s without anything that could move the cursor, change colours, reorder text or hide it: escape
// sequences, C0 and C1 controls, and Unicode's bidirectional and invisible format characters. Newlines stay, tabs become
// spaces, and bytes that are not UTF-8 go. A carriage return starts its line afresh, as it would on a terminal, so that a
// progress bar leaves its last state.
func Clean(s string) string {
	if plain(s) {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ToValidUTF8(ansi.Strip(keepReturns(s)), "\uFFFD")
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = expandTabs(strings.Map(printable, overwrite(line)))
	}
	return strings.Join(lines, "\n")
}

// Line is Clean for a single line: newlines become spaces, so that a value from outside cannot break a table.
func Line(s string) string {
	return strings.ReplaceAll(Clean(s), "\n", " ")
}

// returnMark stands for a carriage return while ansi.Strip runs, which drops it; a private-use rune, so that no real text
// is taken for it.
const returnMark = '\uF8FF'

func keepReturns(s string) string {
	s = strings.ReplaceAll(s, string(returnMark), "\uFFFD")
	return strings.ReplaceAll(s, "\r", string(returnMark))
}

// overwrite keeps what follows the last carriage return that has something after it.
func overwrite(line string) string {
	line = strings.TrimRight(line, string(returnMark))
	if i := strings.LastIndex(line, string(returnMark)); i >= 0 {
		return line[i+len(string(returnMark)):]
	}
	return line
}

// plain reports whether s needs no cleaning, the usual case and the cheap one.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != '\n' && (c < 0x20 || c >= 0x7f) {
			return false
		}
	}
	return true
}

// printable maps runes that do not print to -1, which drops them.
func printable(r rune) rune {
	const zeroWidthJoiner = '\u200d' // holds emoji together
	switch {
	case r == '\t' || r == zeroWidthJoiner:
		return r
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029':
		return -1
	}
	return r
}

func expandTabs(line string) string {
	for {
		before, after, found := strings.Cut(line, "\t")
		if !found {
			return line
		}
		n := TabWidth - ansi.StringWidth(before)%TabWidth
		line = before + strings.Repeat(" ", n) + after
	}
}
