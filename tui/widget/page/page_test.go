package page_test

import (
	"strings"
	"testing"

	"charm.land/bubbles/v2/key"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/page"
)

func TestRender(t *testing.T) {
	p := page.Page{
		Path: []string{"Cluster", "pods\x1b[2J"}, Note: "12", Body: []string{"one", "two"}, Status: "✗ broken",
		Keys: []key.Binding{key.NewBinding(key.WithKeys("x"), key.WithHelp("x", "does it"))},
	}
	var got []string
	for _, l := range p.Render(30, 6, style.New(true)) {
		got = append(got, strings.TrimRight(ansi.Strip(l), " "))
	}
	want := []string{"▌Cluster › pods ────────── 12", "one", "two", "", " ✗ broken", " x does it"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, size := range [][2]int{{0, 0}, {1, 1}, {5, 2}, {80, 3}} {
		lines := p.Render(size[0], size[1], style.New(true))
		if size[1] > 0 && len(lines) != size[1] {
			t.Errorf("%v: %d lines", size, len(lines))
		}
		for _, l := range lines {
			if text.Width(l) != size[0] {
				t.Errorf("%v: %q is %d wide", size, l, text.Width(l))
			}
		}
	}
}

func TestSays(t *testing.T) {
	got := ansi.Strip(strings.Join(page.Says(20, 9, style.New(true), "Nothing", "because of one thing", ""), "|"))
	if got != "|  Nothing|  |  because of one|  thing" {
		t.Errorf("%q", got)
	}
}
