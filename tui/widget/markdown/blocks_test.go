package markdown_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"podsec/tui/widget/markdown"
)

func TestBlocks(t *testing.T) {
	for _, tt := range []struct {
		name, source string
		want         []string
	}{
		{"nothing", "\n\n", nil},
		{"paragraphs", "One\nline.\n\nTwo.\n", []string{"One\nline.", "Two."}},
		{"what leads up to a list", "Do:\n\n- one\n- two\n\nDone.", []string{"Do:\n\n- one\n- two", "Done."}},
		{"a sentence that a list ends", "In this lab you\n\n1. one\n2. two\n", []string{"In this lab you\n\n1. one\n2. two"}},
		{"a list with space", "- one\n\n- two\n\n  more of it\n\nEnd.", []string{"- one\n\n- two\n\n  more of it", "End."}},
		{"a list after a sentence", "It is so.\n\n- one", []string{"It is so.", "- one"}},
		{"a list after a list's text", "- one\n  and on\n\n- two", []string{"- one\n  and on\n\n- two"}},
		{"code keeps its empty lines", "See:\n\n```yaml\na: 1\n\nb: 2\n```\n\nSo.", []string{"See:\n\n```yaml\na: 1\n\nb: 2\n```", "So."}},
		{"code after a sentence", "So.\n\n```\na\n```", []string{"So.", "```\na\n```"}},
		{"a longer fence", "````\n```\n\n```\n````", []string{"````\n```\n\n```\n````"}},
		{"a heading", "## Why\n\nBecause.", []string{"## Why\n\nBecause."}},
		{"a line across", "One.\n\n---\n\nTwo.", []string{"One.", "Two."}},
		{"a table", "| a |\n|---|\n| b |\n\nAfter.", []string{"| a |\n|---|\n| b |", "After."}},
		{"a sentence in marks", "Take *this.*\n\n**That!**\n\n(And so on.)", []string{"Take *this.*", "**That!**", "(And so on.)"}},
		{"what leads up to the end", "One.\n\nSo:", []string{"One.\n\nSo:"}},
		{"only what leads up", "So:", []string{"So:"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, markdown.Blocks(tt.source)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
