package markdown_test

import (
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"podsec/tui/style"
	"podsec/tui/widget/markdown"
)

// TestStyles: marks become styles, and those inside of others add to them.
func TestStyles(t *testing.T) {
	st := style.New(true)
	look := st.Markdown()
	accent, second := ansi.Style{}.ForegroundColor(lipgloss.Color(st.Palette.Accent)), ansi.Style{}.ForegroundColor(lipgloss.Color(st.Palette.Second))
	for source, want := range map[string]string{
		"plain":               "plain",
		"# a `b` *c*":         accent.Bold().Styled("a ") + append(ansi.Style{}.Bold(), second...).Styled("b") + accent.Bold().Styled(" ") + accent.Bold().Italic(true).Styled("c"),
		"a **b *c* ~~d~~** e": "a \x1b[1mb \x1b[m\x1b[1;3mc\x1b[m\x1b[1m \x1b[m\x1b[1;9md\x1b[m e",
		"**`a`**":             append(ansi.Style{}.Bold(), second...).Styled("a"),
		"> a `b`":             look.Quote.Styled("│ ") + look.Quote.Styled("a ") + second.Styled("b"),
		"***":                 st.Line.Render("────────"),
		"[a](b.md)":           "a",
		"[a](https://b.c)":    link("https://b.c", accent.Styled("a")+" "+look.Address.Styled("https://b.c")),
		"https://b.c":         link("https://b.c", look.Address.Styled("https://b.c")),
		"<a@b.c>":             link("mailto:a@b.c", look.Address.Styled("a@b.c")),
		"[a](file:///b)":      accent.Styled("a") + " " + look.Address.Styled("file:///b"),
		"```yaml\na: 1\n```":  st.Line.Render("│") + " " + st.Accent.Render("a") + st.Muted.Render(":") + " " + st.Number.Render("1"),
	} {
		if diff := cmp.Diff([]string{want}, markdown.NewRenderer(st).Render(source, 60)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", source, diff)
		}
	}
}

func link(address, shown string) string {
	return ansi.SetHyperlink(address) + shown + ansi.ResetHyperlink()
}

// TestNoColours: the theme without colours has the other styles.
func TestNoColours(t *testing.T) {
	got := markdown.NewRenderer(style.Themed(style.Plain, true)).Render("# a\n\n`b` *c* [d](https://e.f)", 60)
	want := []string{"\x1b[1ma\x1b[m", "", "b \x1b[3mc\x1b[m " + link("https://e.f", "d \x1b[4mhttps://e.f\x1b[m")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLinesStandAlone: a line is painted beside others, so that styles and links end with it and begin again.
func TestLinesStandAlone(t *testing.T) {
	source := "a **b c** [d e](https://f.g/h)\n\n- *i j k*\n\n```yaml\nlmnopqrst: 1\n```\n\n| u |\n|---|\n| **v w x** |\n\n> y z"
	for _, line := range markdown.NewRenderer(style.New(true)).Render(source, 5) {
		if i := strings.LastIndex(line, "\x1b["); i >= 0 && !strings.HasPrefix(line[i:], ansi.ResetStyle) {
			t.Errorf("a style goes on after %q", line)
		}
		if i := strings.LastIndex(line, "\x1b]8;"); i >= 0 && !strings.HasPrefix(line[i:], ansi.ResetHyperlink()) {
			t.Errorf("a link goes on after %q", line)
		}
	}
	got := markdown.NewRenderer(style.New(true)).Render("**a b**\n\n```yaml\nabcde: 1\n```", 5)
	key := style.New(true).Accent
	want := []string{
		"\x1b[1ma b\x1b[m", "",
		style.New(true).Line.Render("│") + " " + key.Render("abc"),
		style.New(true).Line.Render("│") + " " + key.Render("de") + style.New(true).Muted.Render(":"),
		style.New(true).Line.Render("│") + "  " + style.New(true).Number.Render("1"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestStylesDoNotPileUp: what is inside of itself a thousand times is not styled a thousand times.
func TestStylesDoNotPileUp(t *testing.T) {
	lines := markdown.NewRenderer(style.New(true)).Render(strings.Repeat("> ", 1000)+"`a` **b *c* d**", 60)
	if last := lines[len(lines)-1]; len(last) > 2000 {
		t.Errorf("the last line has %d bytes: %q", len(last), last[:200])
	}
}
