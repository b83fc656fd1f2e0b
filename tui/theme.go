package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"podsec/tui/screen"
	"podsec/tui/style"
)

// setTheme changes the look of the app.
func (m *Model) setTheme(name string) tea.Cmd {
	if style.Known(name) {
		m.theme = style.Theme(name)
		m.restyle()
	}
	return nil
}

// looks are the themes for the palette.
func (m *Model) looks() []screen.Item {
	var out []screen.Item
	for _, t := range style.Themes() {
		note := ""
		if t == m.theme {
			note = "in use"
		}
		out = append(out, screen.Item{Text: "Theme: " + string(t), Note: note, Then: screen.Theme{Name: string(t)}})
	}
	return out
}

// OnlyASCII reports whether the terminal's locale, as the environment says it, has no characters beyond ASCII: it names
// an encoding that is not UTF-8. An environment that names none is that of a container more often than that of an old
// terminal.
func OnlyASCII(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(getenv(name)); v != "" {
			return !strings.Contains(v, "utf-8") && !strings.Contains(v, "utf8")
		}
	}
	return false
}
