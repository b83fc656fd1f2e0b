package text

import (
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Width returns the number of cells that s takes, escape sequences aside.
func Width(s string) int {
	if n, ok := quickWidth(s); ok {
		return n
	}
	return ansi.StringWidth(s)
}

// quickWidth is the width of a text in which every character takes one cell for itself, as nearly all do that the app
// draws: ASCII, the app's own symbols, and colours. A frame has some hundred lines whose width is asked for several
// times; to look for clusters of characters in them was half of what a frame cost. It returns false for other texts.
func quickWidth(s string) (cells int, ok bool) {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c >= ' ' && c < 0x7f:
			cells++
			i++
		case c == '\x1b':
			n := colourLen(s[i:])
			if n == 0 {
				return 0, false
			}
			i += n
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			if !single(r) {
				return 0, false
			}
			cells++
			i += n
		}
	}
	return cells, true
}

// colourLen is the length of the sequence that sets colours at the start of s, 0 when there is another one.
func colourLen(s string) int {
	if len(s) < 2 || s[1] != '[' {
		return 0
	}
	for i := 2; i < len(s); i++ {
		switch c := s[i]; {
		case c == 'm':
			return i + 1
		case (c < '0' || c > '9') && c != ';' && c != ':':
			return 0
		}
	}
	return 0
}

// single reports whether a character that is not ASCII takes one cell, whatever stands before it. What follows may still
// change it; that is never single itself.
func single(r rune) bool {
	switch {
	case r >= 0x2500 && r <= 0x259f, r >= 0x2800 && r <= 0x28ff: // boxes, blocks, dots
		return true
	case r >= 0xc0 && r <= 0xff, r >= 0x2190 && r <= 0x2193: // letters, arrows
		return true
	}
	switch r {
	case '…', '·', '•', '×', '–', '—', '“', '”', '‘', '’', '✓', '✗', '●', '○', '▸', '▪', '■', '□', '▹', '›', '‹':
		return true
	}
	return false
}
