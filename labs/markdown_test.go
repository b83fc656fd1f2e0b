package labs

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseMarkdown(t *testing.T) {
	type cut struct {
		Title, Anchor, Prose string
		Blocks               []string
		After                bool
	}
	tests := map[string]struct {
		source string
		intro  string
		want   []cut
	}{
		"empty":    {},
		"no steps": {source: "Only **text**.\n", intro: "Only **text**.\n"},
		"steps": {
			source: "Intro.\n\n## One\nText.\n\n## Two {#second}\n\n```step\nrun: x\n```\n",
			intro:  "Intro.\n\n",
			want:   []cut{{Title: "One", Prose: "Text.\n\n"}, {Title: "Two", Anchor: "second", Prose: "\n", Blocks: []string{"run: x\n"}}},
		},
		"other levels are text": {
			source: "# One\n## Two\n### Three\n",
			intro:  "# One\n",
			want:   []cut{{Title: "Two", Prose: "### Three\n"}},
		},
		"headings in code, lists and quotations are text": {
			source: "## One\n\n```\n## a\n```\n\n    ## b\n\n- ## c\n\n> ## d\n",
			want:   []cut{{Title: "One", Prose: "\n```\n## a\n```\n\n    ## b\n\n- ## c\n\n> ## d\n"}},
		},
		"a step block in a list is text": {
			source: "## One\n\n- ```step\n  run: x\n  ```\n",
			want:   []cut{{Title: "One", Prose: "\n- ```step\n  run: x\n  ```\n"}},
		},
		"tildes, spaces before the fence, and no end": {
			source: "## One\n\n  ~~~step\n  run: x\n",
			want:   []cut{{Title: "One", Prose: "\n", Blocks: []string{"run: x\n"}}},
		},
		"a step block before the first step is text": {
			source: "```step\nrun: x\n```\n\n## One\n",
			intro:  "```step\nrun: x\n```\n\n",
			want:   []cut{{Title: "One"}},
		},
		"text and blocks after the block": {
			source: "## One\n```step\na: 1\n```\nMore.\n```step\nb: 2\n```\n",
			want:   []cut{{Title: "One", Blocks: []string{"a: 1\n", "b: 2\n"}, After: true}},
		},
		"marks in titles stay": {
			source: "## Run `kubectl` *now* ##\n",
			want:   []cut{{Title: "Run `kubectl` *now*"}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			doc := parseMarkdown([]byte(tt.source))
			var got []cut
			for _, s := range doc.sections {
				c := cut{Title: s.title, Anchor: s.anchor, Prose: string(s.prose), After: s.after >= 0}
				for _, b := range s.blocks {
					c.Blocks = append(c.Blocks, string(b.text))
				}
				got = append(got, c)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.intro, string(doc.intro)); diff != "" {
				t.Errorf("intro: %s", diff)
			}
		})
	}
}

func TestPosition(t *testing.T) {
	source := []byte("ab\n\ncd\n")
	for offset, want := range map[int][2]int{0: {1, 1}, 1: {1, 2}, 3: {2, 1}, 4: {3, 1}, 5: {3, 2}, 7: {4, 1}} {
		if line, column := position(source, offset); line != want[0] || column != want[1] {
			t.Errorf("offset %d: %d:%d, want %d:%d", offset, line, column, want[0], want[1])
		}
	}
	for line, want := range map[int]int{1: 0, 2: 3, 3: 4, 4: 7, 9: 7} {
		if got := lineOffset(source, line); got != want {
			t.Errorf("line %d starts at %d, want %d", line, got, want)
		}
	}
}
