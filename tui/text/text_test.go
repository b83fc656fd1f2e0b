package text_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"podsec/tui/text"
)

func TestClean(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"plain text is untouched", "pod/nginx created\n", "pod/nginx created\n"},
		{"colours go", "\x1b[31mred\x1b[0m", "red"},
		{"a title sequence goes with its text", "a\x1b]0;owned\x07b", "ab"},
		{"a clipboard sequence goes", "a\x1b]52;c;cm0gLXJm\x1b\\b", "ab"},
		{"cursor movement goes", "a\x1b[2J\x1b[1;1Hb", "ab"},
		{"a bell goes", "a\ab", "ab"},
		{"backspaces go", "secret\b\b\b", "secret"},
		{"C1 as a rune goes", "a\u009b31mb", "a31mb"},
		{"wide and accented letters stay", "日本 é 🚀", "日本 é 🚀"},
		{"joined emoji stay", "👩\u200d💻", "👩\u200d💻"},
		{"an overriding direction goes", "a\u202egnp.exe", "agnp.exe"},
		{"zero width spaces go", "ku\u200bbe", "kube"},
		{"a tab reaches the next stop", "ab\tc", "ab      c"},
		{"a tab after a wide rune counts cells", "日\tc", "日      c"},
		{"a progress bar leaves its last state", "10%\r50%\r100%", "100%"},
		{"a line ended the Windows way", "one\r\ntwo\r\n", "one\ntwo\n"},
		{"a trailing return leaves the line", "one\r", "one"},
		{"invalid UTF-8 goes", "a\xffb", "ab"},
		{"our own mark for returns is no way in", "a\uF8FFb", "a\uFFFDb"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, text.Clean(tt.in)); diff != "" {
				t.Errorf("Clean (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLineHasNoBreaks(t *testing.T) {
	if got := text.Line("a\nb\r\nc"); got != "a b c" {
		t.Errorf("Line = %q", got)
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "a\tb", "\x1b[31m", "\x9b31m", "\u009b", "\x1b]8;;x\x07y", "a\rb\r", "\x1bP1\x1b\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := text.Clean(s)
		if !utf8.ValidString(got) {
			t.Errorf("Clean(%q) = %q is not UTF-8", s, got)
		}
		for _, r := range got {
			if r != '\n' && unicode.IsControl(r) {
				t.Errorf("Clean(%q) = %q holds %U", s, got, r)
			}
		}
		if again := text.Clean(got); again != got {
			t.Errorf("Clean is not stable: %q, then %q", got, again)
		}
	})
}

func TestFit(t *testing.T) {
	for _, tt := range []struct {
		in    string
		width int
		want  string
	}{
		{"abc", 5, "abc  "},
		{"abcdef", 5, "abcd…"},
		{"日本語", 5, "日本…"},
		{"日本語", 4, "日… "},
		{"abc", 0, ""},
		{"abc", -3, ""},
		{"\x1b[1mabcdef\x1b[0m", 3, "\x1b[1mab…\x1b[0m"},
	} {
		if got := text.Fit(tt.in, tt.width); got != tt.want {
			t.Errorf("Fit(%q, %d) = %q, want %q", tt.in, tt.width, got, tt.want)
		}
	}
	if got := text.FitRight("42", 4); got != "  42" {
		t.Errorf("FitRight = %q", got)
	}
}

func TestEnds(t *testing.T) {
	for _, tt := range []struct {
		name, left, right string
		width             int
		want              string
	}{
		{"both fit", "left", "right", 14, "left     right"},
		{"the left gives way", "a long left text", "right", 16, "a long le… right"},
		{"the right goes when nothing would remain", "a long left text", "right", 10, "a long le…"},
		{"no right", "left", "", 6, "left  "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := text.Ends(tt.left, tt.right, tt.width); got != tt.want {
				t.Errorf("Ends = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRow(t *testing.T) {
	for _, tt := range []struct {
		width int
		parts []string
		want  string
	}{
		{6, []string{"ab", "", "cd"}, "abcd  "},
		{4, []string{"ab", "cd"}, "abcd"},
		{3, []string{"ab", "cd"}, "ab…"},
		{7, []string{"\x1b[1m日本\x1b[m", " x"}, "\x1b[1m日本\x1b[m x "},
		{0, []string{"a"}, ""},
		{2, nil, "  "},
	} {
		if got := text.Row(tt.width, tt.parts...); got != tt.want {
			t.Errorf("Row(%d, %q) = %q, want %q", tt.width, tt.parts, got, tt.want)
		}
	}
}

func TestOver(t *testing.T) {
	for _, tt := range []struct {
		name, line, piece string
		column            int
		want              string
	}{
		{"in the middle", "abcdefgh", "XY", 3, "abcXYfgh"},
		{"at the start", "abcdefgh", "XY", 0, "XYcdefgh"},
		{"at the end", "abcdefgh", "XY", 6, "abcdefXY"},
		{"beyond a short line", "ab", "XY", 4, "ab  XY"},
		{"halves of wide characters", "日本語日", "XY", 3, "日 XY 日"},
		{"over whole wide characters", "日本語日", "XY", 2, "日XY語日"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := text.Over(tt.line, tt.piece, tt.column); got != tt.want {
				t.Errorf("Over = %q, want %q", got, tt.want)
			}
		})
	}
	line := "\x1b[31mred and more\x1b[m plain"
	if got := ansi.Strip(text.Over(line, "\x1b[1mXY\x1b[m", 4)); got != "red XYd more plain" {
		t.Errorf("over a styled line: %q", got)
	}
}

func TestWrapping(t *testing.T) {
	if diff := cmp.Diff([]string{"one two", "three"}, text.Wrap("one two three", 8)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"one two", "  three", "  four"}, text.Hang("one two three four", 8, 2)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"the pod", "kube-system"}, text.Wrap("the pod kube-system", 13)); diff != "" {
		t.Error(diff)
	}
	if got := text.Wrap("x", 0); got != nil {
		t.Errorf("Wrap in no width = %q", got)
	}
}

func TestLinesAreExact(t *testing.T) {
	if diff := cmp.Diff([]string{"a  ", "bc…", "c  "}, text.Lines([]string{"a", "bcdef", "c", "d"}, 3, 3)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"  ", "  "}, text.Lines(nil, 2, 2)); diff != "" {
		t.Error(diff)
	}
	if got := text.Lines([]string{"a"}, 1, -1); len(got) != 0 {
		t.Errorf("less than no lines are %q", got)
	}
}

func TestPlural(t *testing.T) {
	if got := text.Plural(1, "step", "steps") + ", " + text.Plural(3, "step", "steps"); got != "1 step, 3 steps" {
		t.Errorf("Plural = %q", got)
	}
}

// TestQuickWidth says that the quick way to a width leads to the same as the long one.
func TestQuickWidth(t *testing.T) {
	for r := rune(0x80); r < 0x3000; r++ {
		if s := "a" + string(r) + "b"; text.Width(s) != ansi.StringWidth(s) {
			t.Errorf("%q (%U) has %d cells, want %d", s, r, text.Width(s), ansi.StringWidth(s))
		}
	}
}

func FuzzWidth(f *testing.F) {
	for _, s := range []string{
		"", "plain", "\x1b[1;38:2m●\x1b[m ✓", "\x1b[2Ja", "\x1b[1", "\x1b", "▪\ufe0f", "e\u0301", "日本", "✓\u200d✓", "a\x7f\x00b", "\xff", "\u2028",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := text.Width(s), ansi.StringWidth(s); got != want {
			t.Errorf("Width(%q) = %d, want %d", s, got, want)
		}
		if got := text.Width(text.Fit(text.Line(s), 7)); got != 7 {
			t.Errorf("Fit(%q, 7) has %d cells", s, got)
		}
	})
}

// BenchmarkFit fits a line of a frame.
func BenchmarkFit(b *testing.B) {
	line := strings.Repeat("\x1b[38;2;120;130;140mshop/web\x1b[m │ ● ", 8)
	for b.Loop() {
		_ = text.Fit(line, 160)
	}
}

func TestSentence(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "log in again": "log in again.", "Try again.": "Try again.", "Is it still running?": "Is it still running?",
		"Wait!": "Wait!", "and so on…": "and so on…", "日本": "日本.",
	} {
		if got := text.Sentence(in); got != want {
			t.Errorf("Sentence(%q) = %q, want %q", in, got, want)
		}
	}
}
