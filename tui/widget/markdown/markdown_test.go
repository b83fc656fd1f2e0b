package markdown_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/markdown"
)

func render(source string, width int) string {
	r := markdown.NewRenderer(style.New(true))
	return ansi.Strip(strings.Join(r.Render(source, width), "\n"))
}

func TestRender(t *testing.T) {
	for _, tt := range []struct {
		name, source string
		width        int
		want         string
	}{
		{"a paragraph wraps", "A policy decides what a pod may do.\n", 20, "A policy decides\nwhat a pod may do."},
		{"an author's line breaks are spaces", "one\ntwo", 20, "one two"},
		{"hard breaks stay", "one  \ntwo\\\nthree", 20, "one\ntwo\nthree"},
		{"a heading has no marks", "## Levels\n\nThree of them.", 40, "Levels\n\nThree of them."},
		{"a heading leads up to what follows", "# One\ntwo\n### Three\n- four", 40, "One\n\ntwo\n\nThree\n\n• four"},
		{"an underlined heading", "Levels\n===\n", 40, "Levels"},
		{"a list", "- one\n- two\n", 40, "• one\n• two"},
		{"a list right after a paragraph", "Do:\n- one\n\nDone.", 40, "Do:\n\n• one\n\nDone."},
		{"a list with room", "- one\n\n- two\n\n  more", 40, "• one\n\n• two\n\n  more"},
		{"a list in a list", "- one\n  - two words\n    1. three\n- four", 12, "• one\n  • two\n    words\n    1. three\n• four"},
		{"an empty item", "-\n- one", 40, "•\n• one"},
		{"numbers", "1. one\n2. two\n", 40, "1. one\n2. two"},
		{"numbers hang, from any on", "9. one\n10. two\n\n    three", 40, "9. one\n\n10. two\n\n    three"},
		{"tasks", "- [x] done\n- [ ] to do", 8, "✓ done\n○ to do"},
		{"a quotation", "> one *two*\n> three\n>\n> - four", 11, "│ one two\n│ three\n│\n│ • four"},
		{"a quotation in a list", "- > one\n  > two three", 9, "• │ one\n  │ two\n  │ three"},
		{"code keeps its lines", "See:\n\n```yaml\na: 1\nb:   2\n```\n\nThen on.", 40,
			"See:\n\n│ a: 1\n│ b:   2\n\nThen on."},
		{"code is cut, not wrapped", "```\nabcdefghij\n```", 7, "│ abcde\n│ fghij"},
		{"a fence left open", "```sh\nls\n", 20, "│ ls"},
		{"a longer fence holds a shorter one", "````\n```\n````", 20, "│ ```"},
		{"no code", "```\n```", 20, "│"},
		{"a fence in a list stays there", "- do\n\n  ```\n  ls\n\n  pwd\n  ```", 30, "• do\n\n  │ ls\n  │\n  │ pwd"},
		{"a fence in a list without room", "- do\n  ```\n  ls\n  ```\n  so", 30, "• do\n  │ ls\n  so"},
		{"indented code", "See:\n\n    if a-b:\n      c\n\nSo.", 30, "See:\n\n│ if a-b:\n│   c\n\nSo."},
		{"names and flags keep their hyphens", "use the flag --dry-run=server here", 18, "use the flag\n--dry-run=server\nhere"},
		{"a rule", "one\n\n---\n\ntwo", 30, "one\n\n────────\n\ntwo"},
		{"a narrow rule", "***", 4, "───…"},
		{"a table", "| a-b | c |\n|---|---|\n| d | e |", 16, " a-b    │ c\n────────┼───────\n d      │ e"},
		{"a table's columns", "a | b | c\n:-|:-:|-:\nd e f g | h | i", 21, " a       │  b  │   c\n─────────┼─────┼─────\n d e f g │  h  │   i"},
		{"a table keeps names", "| pod-security | `run-as-root` |\n|---|---|\n| a | b |", 32, " pod-security   │ run-as-root\n────────────────┼───────────────\n a              │ b"},
		{"a link to a file is its text", "[the next lab](../03-image-registries/lab.md) is on images", 40, "the next lab is on images"},
		{"a link to a file beside it, or to a place in it", "[a](b.md), [*c*](#d)", 40, "a, c"},
		{"a link to elsewhere", "[the *docs*](https://a-b.example/c?d=1&amp;e=2)", 40, "the docs https://a-b.example/c?d=1&e=2"},
		{"a link by name", "[docs][1]\n\n[1]: https://a.example 'title'", 40, "docs https://a.example"},
		{"a link that says its address", "[https://a.example](https://a.example)", 40, "https://a.example"},
		{"an address keeps its hyphens", "see https://a-b.example/c-d", 40, "see https://a-b.example/c-d"},
		{"an address in marks", "<https://a-b.example> <x@a.example>", 40, "https://a-b.example x@a.example"},
		{"a link in a table", "| a |\n|---|\n| [b](https://c.example) |", 30, " a\n──────────────────────────────\n b https://c.example"},
		{"a picture is what it shows", "![a *screen*](lab.svg) ![](b.svg) [![c](d.svg)](e.svg)", 40, "a screen b.svg c"},
		{"tags are shown", "run <name> and <b>so</b><br>", 40, "run <name> and <b>so</b><br>"},
		{"a block of tags is shown", "<details>\n<p>a\n</details>\n\n<pre>\nb\n</pre>", 40, "<details>\n<p>a\n</details>\n\n<pre>\nb\n</pre>"},
		{"comments are not shown", "a<!-- b -->\n\n<!-- c\n\nd -->\n\ne", 40, "a\n\ne"},
		{"names of characters", "&lt;a&gt; &amp;amp; &#233; &nosuch;", 40, "<a> &amp; é &nosuch;"},
		{"backslashes", `\*a\* \\ \&amp; \a`, 40, `*a* \ &amp; \a`},
		{"code is as it was written", "`a \\* &amp; <b>\nc` `` ` ``", 40, "a \\* &amp; <b> c `"},
		{"nothing", "", 20, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := render(tt.source, tt.width)
			var lines []string
			for _, l := range strings.Split(got, "\n") {
				lines = append(lines, strings.TrimRight(l, " "))
			}
			if diff := cmp.Diff(tt.want, strings.Join(lines, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestInline(t *testing.T) {
	st := style.New(true)
	for source, want := range map[string]string{
		"plain":                     "plain",
		"run `a b` and `c`":         "run " + st.Second.Render("a b") + " and " + st.Second.Render("c"),
		"`a`":                       st.Second.Render("a"),
		"one ` alone":               "one ` alone",
		"`a` and ` alone":           st.Second.Render("a") + " and ` alone",
		"two\nlines\x1b[2J":         "two lines",
		"Not refused, *unknown*: a": "Not refused, \x1b[3munknown\x1b[m: a",
		"for **one control**, not":  "for \x1b[1mone control\x1b[m, not",
		"`*` matches * and a*b*c":   st.Second.Render("*") + " matches * and a*b*c",
	} {
		if got := markdown.Inline(source, st); got != want {
			t.Errorf("Inline(%q) = %q, want %q", source, got, want)
		}
	}
}

func TestNothingSteersTheTerminal(t *testing.T) {
	r := markdown.NewRenderer(style.New(true))
	for _, source := range []string{
		"a \x1b]0;owned\a b \x1b[2J\n\n```\n\x1b[31mx\n```",
		"&#27;[2J &#x1b;]0;owned&#7; &#x9b;31m a&#x202e;b&NewLine;c",
		"[a](https://a.example/&#27;[2J&#7;) [&#27;[2J](b.md) ![](&#27;[2J) <https://b.example/&#27;[2J>",
	} {
		got := strings.Join(r.Render(source, 40), "\n")
		for _, bad := range []string{"\x1b]0", "\x1b[2J", "\x1b[31m", "\u009b", "\u202e"} {
			if strings.Contains(got, bad) {
				t.Errorf("%q reached the screen in %q", bad, got)
			}
		}
	}
}

func TestNoLineIsWiderThanAsked(t *testing.T) {
	source := "A `very-long-name-without-any-break-at-all` in **bold words** and\n\n> a quotation of some length\n\n" +
		"| mode | effect |\n|---|---|\n| enforce | the request is refused |\n\n```\nkubectl get policyreports -A\n```\n" +
		"\n1. one\n   - two\n     - three\n       > 画面 four\n       >\n       >     code\n"
	r := markdown.NewRenderer(style.New(false))
	for _, width := range []int{60, 33, 20, 8, 3, 2, 1} {
		for _, line := range r.Render(source, width) {
			if text.Width(line) > width {
				t.Errorf("at %d: %q is %d wide", width, ansi.Strip(line), text.Width(line))
			}
		}
	}
	if got := r.Render(source, 0); got != nil {
		t.Errorf("no width renders %q", got)
	}
}

func TestRepeatedRenderingIsKept(t *testing.T) {
	r := markdown.NewRenderer(style.New(true))
	a, b := r.Render("one", 20), r.Render("one", 20)
	if &a[0] != &b[0] {
		t.Error("the same text at the same width was rendered again")
	}
	if c := r.Render("two", 20); c[0] == a[0] {
		t.Error("another text was not rendered")
	}
}
