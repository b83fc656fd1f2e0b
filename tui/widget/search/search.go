// Package search is the line with which a list is searched.
package search

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"podsec/tui/style"
	"podsec/tui/text"
)

// longest is how many bytes a query may have: what is pasted may be anything.
const longest = 200

// Line is what is searched for, and whether it is being typed. The zero Line searches for nothing.
type Line struct {
	query  string
	typing bool
}

// Typing reports whether keys that print belong to the line.
func (l *Line) Typing() bool { return l.typing }

// Active reports whether something is searched for.
func (l *Line) Active() bool { return l.query != "" }

// Clear searches for nothing.
func (l *Line) Clear() { *l = Line{} }

// Key handles a key; it returns false for keys that do something else. Slash opens the line, enter closes it, escape
// closes and clears it.
func (l *Line) Key(k tea.KeyPressMsg) bool {
	if !l.typing {
		switch {
		case k.String() == "/":
			l.typing = true
			return true
		case k.String() == "esc" && l.query != "":
			l.Clear()
			return true
		}
		return false
	}
	switch k.String() {
	case "enter", "down", "tab":
		l.typing = false
	case "esc", "ctrl+c":
		l.Clear()
	case "backspace":
		if r := []rune(l.query); len(r) > 0 {
			l.query = string(r[:len(r)-1])
		}
	case "ctrl+u", "ctrl+w":
		l.query = ""
	default:
		l.Paste(k.Text)
	}
	return true
}

// Paste adds text to what is searched for.
func (l *Line) Paste(s string) {
	for _, r := range text.Line(s[:min(len(s), longest)]) {
		if len(l.query) < longest {
			l.query += string(r)
		}
	}
}

// Words are what is searched for, in lower case: each of them must be found.
func (l *Line) Words() []string { return strings.Fields(strings.ToLower(l.query)) }

// Match says whether a text, in lower case, holds all the words.
func Match(words []string, lower string) bool {
	for _, w := range words {
		if !strings.Contains(lower, w) {
			return false
		}
	}
	return true
}

// View shows the line: "" when nothing is searched for.
func (l *Line) View(st style.Styles) string {
	switch {
	case l.typing:
		return st.Key.Render("/") + l.query + st.Accent.Render("▏")
	case l.query != "":
		return st.Key.Render("/") + l.query
	}
	return ""
}
