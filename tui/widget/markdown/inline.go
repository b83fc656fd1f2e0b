package markdown

import (
	"regexp"
	"strings"

	"charm.land/lipgloss/v2"

	"podsec/tui/style"
	"podsec/tui/text"
)

// What is written *like this* or **like this**, from one end of a word to another.
var (
	strong   = regexp.MustCompile(`(^|[\s("])\*\*([^*\s](?:[^*]*[^*\s])?)\*\*`)
	emphasis = regexp.MustCompile(`(^|[\s("])\*([^*\s](?:[^*]*[^*\s])?)\*($|[\s.,;:!?)"])`)
)

// Inline shows a sentence of a lab on one line, with its `code` in colour and its *emphasis*. Other marks stay as they are.
func Inline(source string, st style.Styles) string {
	parts := strings.Split(text.Line(source), "`")
	if len(parts)%2 == 0 { // one without its pair
		last := len(parts) - 1
		parts = append(parts[:last-1], parts[last-1]+"`"+parts[last])
	}
	for i, part := range parts {
		if i%2 == 1 {
			parts[i] = st.Second.Render(part)
			continue
		}
		part = strong.ReplaceAllString(part, "$1"+lipgloss.NewStyle().Bold(true).Render("$2"))
		parts[i] = emphasis.ReplaceAllString(part, "$1"+lipgloss.NewStyle().Italic(true).Render("$2")+"$3")
	}
	return strings.Join(parts, "")
}
