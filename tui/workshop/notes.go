package workshop

import (
	"podsec/tui/style"
	"podsec/tui/widget/markdown"
)

// Prose makes lines for a terminal of Markdown, in no colours: whoever reads them may have any background.
func Prose(source string, width int) []string {
	const widest = 80
	return markdown.NewRenderer(style.Themed(style.Plain, true)).Render(source, min(width, widest))
}
