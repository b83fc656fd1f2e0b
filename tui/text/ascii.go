package text

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// ascii is what stands for the characters that the app draws with, each of the same width.
var ascii = map[rune]rune{
	'✓': 'v', '✗': 'x', '●': '*', '○': 'o', '▸': '>', '▌': '|', '▪': '+', '■': '#', '□': '.', '▁': '_', '▂': '_', '▃': '-',
	'▄': '-', '▅': '=', '▆': '=', '▇': '#', '█': '#', '░': '.', '▒': ':', '▓': '#',
	'─': '-', '━': '=', '╌': '.', '│': '|', '┃': '|', '┆': '|', '╭': '+', '╮': '+', '╰': '+', '╯': '+', '┌': '+', '┐': '+',
	'└': '+', '┘': '+', '├': '+', '┤': '+', '┬': '+', '┴': '+', '┼': '+', '═': '=', '║': '|',
	'…': '.', '·': '-', '•': '*', '×': 'x', '–': '-', '—': '-', '“': '"', '”': '"', '‘': '\'', '’': '\'', '≥': '>', '≤': '<',
	'↑': '^', '↓': 'v', '←': '<', '→': '>', '⇒': '>', '▾': 'v', '▴': '^', '▹': '>', '►': '>', '▶': '>', '◆': '*', '◇': 'o',
	'‹': '<', '›': '>', '⋯': '.', '▏': '|',
	'⠋': '|', '⠙': '/', '⠹': '-', '⠸': '\\', '⠼': '|', '⠴': '/', '⠦': '-', '⠧': '\\', '⠇': '|', '⠏': '/',
}

// ASCII replaces what is not ASCII by something of the same width: what the app draws with by what looks like it, other
// characters by question marks. Escape sequences stay.
func ASCII(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch a, known := ascii[r]; {
		case r < 0x80:
			b.WriteRune(r)
		case known:
			b.WriteRune(a)
		default:
			b.WriteString(strings.Repeat("?", ansi.StringWidth(string(r))))
		}
	}
	return b.String()
}
