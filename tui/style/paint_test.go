package style_test

import (
	"strings"
	"testing"

	"charm.land/lipgloss/v2"

	"podsec/tui/style"
)

// TestPaintIsLipgloss: a line looks as Lip Gloss would have it.
func TestPaintIsLipgloss(t *testing.T) {
	fg := func(hex string) lipgloss.Style { return lipgloss.NewStyle().Foreground(lipgloss.Color(hex)) }
	for name, st := range map[string]style.Styles{"dark": style.New(true), "light": style.New(false), "contrast": style.Themed(style.Contrast, true)} {
		p := st.Palette
		for look, tt := range map[string]struct {
			paint style.Paint
			want  lipgloss.Style
		}{
			"nothing":  {st.Text, lipgloss.NewStyle()},
			"colour":   {st.Muted, fg(p.Muted)},
			"bold":     {st.Strong, lipgloss.NewStyle().Bold(true)},
			"both":     {st.Key, fg(p.Accent).Bold(true)},
			"bolder":   {st.Bad.Bold(), fg(p.Bad).Bold(true)},
			"cursor":   {st.Cursor, lipgloss.NewStyle().Reverse(true)},
			"ground":   {st.Selected, lipgloss.NewStyle().Background(lipgloss.Color(p.Select))},
			"nothing+": {style.Paint{}.Bold(), lipgloss.NewStyle().Bold(true)},
		} {
			for _, line := range []string{"x", "two words", "日本 é 🚀", " "} {
				if got, want := tt.paint.Render(line), tt.want.Render(line); got != want {
					t.Errorf("%s: %s of %q is %q, want %q", name, look, line, got, want)
				}
			}
		}
	}
}

func TestPaint(t *testing.T) {
	st := style.New(true)
	if got := st.Bad.Render(""); got != "" {
		t.Errorf("nothing is painted as %q", got)
	}
	if got, want := st.Bad.Render("a\nb"), st.Bad.Render("a")+"\n"+st.Bad.Render("b"); got != want {
		t.Errorf("two lines are painted as %q, want %q", got, want)
	}
	on, off, _ := strings.Cut(st.Selected.Render("x"), "x")
	if got, want := st.Selected.Under("a "+st.Bad.Render("b")+" c"), on+"a "+st.Bad.Render("b")+on+" c"+off; got != want {
		t.Errorf("on the selection's ground it is %q, want %q", got, want)
	}
	if got, want := st.Faint.Struck().Render("x"), strings.Replace(st.Faint.Render("x"), "[", "[9;", 1); got != want {
		t.Errorf("struck it is %q, want %q", got, want)
	}
}

// BenchmarkPaint paints a text.
func BenchmarkPaint(b *testing.B) {
	st := style.New(true)
	for b.Loop() {
		_ = st.Muted.Render("shop/web")
	}
}
