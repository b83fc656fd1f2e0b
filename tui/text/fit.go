package text

import (
	"io"
	"regexp"
	"strconv"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// Ellipsis ends a text that was cut.
const Ellipsis = "…"

// Cut returns s in at most width cells, ended by an ellipsis when something was cut. Styles in s survive.
func Cut(s string, width int) string {
	s, _ = cut(s, width)
	return s
}

// cut is Cut, and the width of what it returns.
func cut(s string, width int) (string, int) {
	if width <= 0 {
		return "", 0
	}
	if w := Width(s); w <= width {
		return s, w
	}
	s = ansi.Truncate(s, width, Ellipsis)
	return s, Width(s)
}

// Fit returns s in exactly width cells: cut when it is wider, padded on the right when it is narrower.
func Fit(s string, width int) string {
	s, w := cut(s, width)
	if w >= width {
		return s
	}
	return s + Spaces(width-w)
}

// FitRight is Fit with the padding on the left, for figures.
func FitRight(s string, width int) string {
	s, w := cut(s, width)
	return Spaces(width-w) + s
}

// Spaces returns n spaces, none when n is negative.
func Spaces(n int) string {
	const some = "                                                                                                    " // 100, of which most are less
	if n = max(0, n); n <= len(some) {
		return some[:n]
	}
	return strings.Repeat(" ", n)
}

// Row returns the parts one after the other in exactly width cells, like Fit.
func Row(width int, parts ...string) string {
	room, size := width, 0
	for _, p := range parts {
		room -= Width(p)
		size += len(p)
	}
	if room < 0 {
		return Fit(strings.Join(parts, ""), width)
	}
	var b strings.Builder
	b.Grow(size + room)
	for _, p := range parts {
		b.WriteString(p)
	}
	b.WriteString(Spaces(room))
	return b.String()
}

// Ends returns one line of width cells with left at its start and right at its end. When both do not fit, left is cut
// first, and right is left out when less than a few cells would remain for left.
func Ends(left, right string, width int) string {
	const enough = 8
	of := Width(left)
	room := width - Width(right) - 1
	if right == "" || room < min(enough, of) {
		return Fit(left, width)
	}
	if of > room {
		left, of = cut(left, room)
	}
	return left + Spaces(room-of+1) + right
}

// Wrap returns the lines of s broken at spaces so that none is wider than width; a longer word is broken anywhere, and
// no other is at its hyphens, since half the names of a cluster have some. Styles in s end with each line and begin again
// with the next, since something else may be drawn between them.
func Wrap(s string, width int) []string {
	if width <= 0 {
		return nil
	}
	bound := strings.ReplaceAll(s, "-", string(boundHyphen))
	return apart(FreeHyphens(ansi.Wrap(bound, width, "")))
}

// Pieces cuts a line into pieces of width cells, the last one may be shorter. Styles are as in Wrap.
func Pieces(line string, width int) []string { return apart(ansi.Hardwrap(line, width, true)) }

// apart returns the lines of s; a style that goes on over the end of a line is closed there and opened again.
func apart(s string) []string {
	if strings.Contains(s, "\x1b") && strings.Contains(s, "\n") {
		var b strings.Builder
		w := lipgloss.NewWrapWriter(&b)
		_, _ = io.WriteString(w, s) // a strings.Builder takes everything
		_ = w.Close()
		s = b.String()
	}
	return strings.Split(s, "\n")
}

// boundHyphen stands for a hyphen at which a line must not break, while it is wrapped: a private-use rune of its width.
const boundHyphen = '\uE02D'

// wordHyphens are hyphens that something follows which they belong to.
var wordHyphens = regexp.MustCompile(`-+[\pL\pN]`)

// BindHyphens replaces the hyphens of words and flags, so that wrapping does not break there; hyphens that are marks of
// Markdown stay. FreeHyphens puts them back.
func BindHyphens(s string) string {
	return wordHyphens.ReplaceAllStringFunc(s, func(m string) string {
		return strings.ReplaceAll(m, "-", string(boundHyphen))
	})
}

// FreeHyphens undoes BindHyphens.
func FreeHyphens(s string) string { return strings.ReplaceAll(s, string(boundHyphen), "-") }

// Hang wraps s like Wrap and indents every line but the first.
func Hang(s string, width, indent int) []string {
	if width <= indent {
		return Wrap(s, width)
	}
	lines := Wrap(s, width)
	if len(lines) == 1 {
		return lines
	}
	first := lines[0]
	rest := strings.TrimLeft(strings.TrimPrefix(s, first), " ")
	out := []string{first}
	for _, l := range Wrap(rest, width-indent) {
		out = append(out, Spaces(indent)+l)
	}
	return out
}

// Lines returns exactly height lines of exactly width cells: more lines and wider ones are cut, others are filled up.
func Lines(lines []string, width, height int) []string {
	out := make([]string, max(0, height))
	for i := range out {
		if i < len(lines) {
			out[i] = Fit(lines[i], width)
		} else {
			out[i] = Spaces(width)
		}
	}
	return out
}

// Over returns line with piece set over its cells from a column on. What is left of a wide character that piece covers in
// part becomes a space, and styles on both sides survive.
func Over(line, piece string, column int) string {
	end := column + Width(piece)
	left := ansi.Truncate(line, column, "")
	room := max(0, Width(line)-end)
	right := ansi.TruncateLeft(line, end, "")
	if Width(right) > room { // it begins with a covered half
		right = ansi.TruncateLeft(line, end+1, "")
	}
	return Fit(left, column) + piece + FitRight(right, room)
}

// Sentence returns a text with a full stop, if it ends in nothing of the kind.
func Sentence(s string) string {
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".?!") || strings.HasSuffix(s, Ellipsis) {
		return s
	}
	return s + "."
}

// Plural returns "1 thing" or "n things".
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
