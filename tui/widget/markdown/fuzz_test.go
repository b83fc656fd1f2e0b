package markdown_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/markdown"
)

// drawn is what may stand beside text: styles and links.
var drawn = regexp.MustCompile(`\x1b\[[0-9;]*m|\x1b\]8;;[^\x00-\x1f]*\x07`)

// FuzzRender: whatever is written, no line is wider than asked for, nothing but colours, links and text reaches the
// screen, and each line ends what it began.
func FuzzRender(f *testing.F) {
	for _, seed := range []string{
		"# a\n\n- b\n  1. c **d *e***\n\n> f\n>> g\n", "| a | `b|c` |\n|:-:|---|\n| [d](https://e.f) |\n", "```yaml\na: |\n  b\n",
		"    a\n\n\tb\n", "<a\n b='c'>\n\n<!-- d", "&#27;[2J &amp; \\* 画面\u202e", "![a](b) [c][d]\n\n[d]: <e f> 'g'", "- [x] a\n\n+ b\n***\n1) c",
		"[a b c d e](https://e.f/a;b)",
	} {
		f.Add(seed, 9)
	}
	f.Fuzz(func(t *testing.T, source string, width int) {
		width = width&0x3f + 1
		for _, line := range markdown.NewRenderer(style.New(true)).Render(source, width) {
			if text.Width(line) > width {
				t.Errorf("at %d: %q is %d wide", width, line, text.Width(line))
			}
			if strings.ContainsFunc(drawn.ReplaceAllString(line, ""), unicode.IsControl) {
				t.Errorf("more than styles and links in %q", line)
			}
			if i := strings.LastIndex(line, "\x1b["); i >= 0 && !strings.HasPrefix(line[i:], ansi.ResetStyle) {
				t.Errorf("a style goes on after %q", line)
			}
			if i := strings.LastIndex(line, "\x1b]8;"); i >= 0 && !strings.HasPrefix(line[i:], ansi.ResetHyperlink()) {
				t.Errorf("a link goes on after %q", line)
			}
		}
	})
}
