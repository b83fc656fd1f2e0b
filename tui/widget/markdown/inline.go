package markdown

import (
	"strings"

	"podsec/tui/style"
	"podsec/tui/text"
)

// Inline shows a sentence of a lab on one line, with its `code` in colour. Other marks stay as they are.
func Inline(source string, st style.Styles) string {
	parts := strings.Split(text.Line(source), "`")
	if len(parts)%2 == 0 { // one without its pair
		last := len(parts) - 1
		parts = append(parts[:last-1], parts[last-1]+"`"+parts[last])
	}
	for i := 1; i < len(parts); i += 2 {
		parts[i] = st.Second.Render(parts[i])
	}
	return strings.Join(parts, "")
}
