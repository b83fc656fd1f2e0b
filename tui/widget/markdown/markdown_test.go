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
		{"a heading has no marks", "## Levels\n\nThree of them.", 40, "Levels\n\nThree of them."},
		{"a list", "- one\n- two\n", 40, "• one\n• two"},
		{"numbers", "1. one\n2. two\n", 40, "1. one\n2. two"},
		{"code keeps its lines", "See:\n\n```yaml\na: 1\nb:   2\n```\n\nThen on.", 40,
			"See:\n\n│ a: 1\n│ b:   2\n\nThen on."},
		{"code is cut, not wrapped", "```\nabcdefghij\n```", 7, "│ abcde\n│ fghij"},
		{"a fence left open", "```sh\nls\n", 20, "│ ls\n│"},
		{"a longer fence holds a shorter one", "````\n```\n````", 20, "│ ```"},
		{"a fence in a list stays there", "- do\n\n  ```\n  ls\n  ```", 30, "• do\n  ls"},
		{"names and flags keep their hyphens", "use the flag --dry-run=server here", 18, "use the flag\n--dry-run=server\nhere"},
		{"a rule", "one\n\n---\n\ntwo", 30, "one\n\n────────\n\ntwo"},
		{"a table", "| a-b | c |\n|---|---|\n| d | e |", 16, " a-b    │ c\n────────┼───────\n d      │ e"},
		{"a link to a file is its text", "[the next lab](../03-image-registries/lab.md) is on images", 40, "the next lab is on images"},
		{"an address keeps its hyphens", "see https://a-b.example/c-d", 40, "see https://a-b.example/c-d"},
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
	got := strings.Join(r.Render("a \x1b]0;owned\a b \x1b[2J\n\n```\n\x1b[31mx\n```", 40), "\n")
	for _, bad := range []string{"\x1b]0", "\x1b[2J", "\x1b[31m", "\a"} {
		if strings.Contains(got, bad) {
			t.Errorf("%q reached the screen in %q", bad, got)
		}
	}
}

func TestNoLineIsWiderThanAsked(t *testing.T) {
	source := "A `very-long-name-without-any-break-at-all` in **bold words** and\n\n> a quotation of some length\n\n" +
		"| mode | effect |\n|---|---|\n| enforce | the request is refused |\n\n```\nkubectl get policyreports -A\n```\n"
	r := markdown.NewRenderer(style.New(false))
	for _, width := range []int{60, 33, 20, 8} {
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
