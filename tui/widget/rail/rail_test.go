package rail_test

import (
	"testing"

	"github.com/charmbracelet/x/ansi"

	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/rail"
)

func TestRender(t *testing.T) {
	const todo, done, skipped = rail.Todo, rail.Done, rail.Skipped
	for _, tt := range []struct {
		name    string
		states  []rail.State
		current int
		width   int
		want    string
	}{
		{"at the start", []rail.State{todo, todo, todo}, 0, 20, "[●]○ ○"},
		{"in the middle", []rail.State{done, todo, todo}, 1, 20, " ✓[●]○"},
		{"a done step", []rail.State{done, done, todo}, 1, 20, " ✓[✓]○"},
		{"a skipped step", []rail.State{skipped, todo}, 1, 20, " ![●]"},
		{"only one", []rail.State{done}, 0, 20, "[✓]"},
		{"more than fit, at the start", make([]rail.State, 20), 0, 11, "[●]○ ○ ○ …"},
		{"more than fit, in the middle", make([]rail.State, 20), 9, 11, " … ○[●]○ …"},
		{"more than fit, at the end", make([]rail.State, 20), 19, 11, " … ○ ○ ○[●]"},
		{"none", nil, 0, 20, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := rail.Render(tt.states, tt.current, tt.width, style.New(true))
			if ansi.Strip(got) != tt.want {
				t.Errorf("Render = %q, want %q", ansi.Strip(got), tt.want)
			}
		})
	}
}

func TestCurrentIsAlwaysShown(t *testing.T) {
	for n := 1; n < 40; n++ {
		for current := range n {
			for _, width := range []int{9, 16, 33} {
				got := rail.Render(make([]rail.State, n), current, width, style.New(false))
				if text.Width(got) > width || !containsBracket(ansi.Strip(got)) {
					t.Fatalf("%d of %d in %d cells: %q", current, n, width, ansi.Strip(got))
				}
			}
		}
	}
}

func containsBracket(s string) bool {
	for i, r := range s {
		if r == '[' {
			return len(s) > i+4 // the symbol and the closing bracket
		}
	}
	return false
}
