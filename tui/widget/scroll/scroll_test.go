package scroll_test

import (
	"fmt"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"

	"podsec/tui/style"
	"podsec/tui/widget/scroll"
)

func numbered(n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf("line %d", i+1)
	}
	return lines
}

func first(p *scroll.Pane) string {
	return strings.TrimRight(strings.Trim(p.Render(style.Paint{})[0], "┃ "), " ")
}

func TestMoving(t *testing.T) {
	for _, tt := range []struct {
		name string
		move func(p *scroll.Pane)
		want string
	}{
		{"starts at the top", func(*scroll.Pane) {}, "line 1"},
		{"down", func(p *scroll.Pane) { p.Lines(3) }, "line 4"},
		{"up stops at the top", func(p *scroll.Pane) { p.Lines(2); p.Lines(-9) }, "line 1"},
		{"down stops at the end", func(p *scroll.Pane) { p.Lines(999) }, "line 16"},
		{"a page keeps a line", func(p *scroll.Pane) { p.Pages(1) }, "line 5"},
		{"end", func(p *scroll.Pane) { p.End() }, "line 16"},
		{"home", func(p *scroll.Pane) { p.End(); p.Home() }, "line 1"},
		{"a shorter text pulls the end down", func(p *scroll.Pane) { p.End(); p.SetLines(numbered(6)) }, "line 2"},
		{"a taller pane shows what it can", func(p *scroll.Pane) { p.End(); p.SetSize(20, 10) }, "line 11"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := scroll.New(false)
			p.SetSize(20, 5)
			p.SetLines(numbered(20))
			tt.move(&p)
			if got := first(&p); got != tt.want {
				t.Errorf("first line is %q, want %q", got, tt.want)
			}
		})
	}
}

func TestFollowing(t *testing.T) {
	p := scroll.New(true)
	p.SetSize(20, 5)
	p.SetLines(numbered(20))
	if got := first(&p); got != "line 16" {
		t.Errorf("a following pane starts at %q, want its end", got)
	}
	p.Lines(-2)
	p.SetLines(numbered(30))
	if got := first(&p); got != "line 14" {
		t.Errorf("a pane scrolled up moved to %q", got)
	}
	p.End()
	p.SetLines(numbered(31))
	if got := first(&p); got != "line 27" {
		t.Errorf("back at the end it follows to %q, want line 27", got)
	}
}

func TestRenderIsExact(t *testing.T) {
	for _, size := range [][2]int{{20, 5}, {1, 1}, {7, 30}, {3, 2}} {
		p := scroll.New(false)
		p.SetSize(size[0], size[1])
		p.SetLines(numbered(12))
		lines := p.Render(style.Paint{})
		if len(lines) != size[1] {
			t.Errorf("%v: %d lines", size, len(lines))
		}
		for _, l := range lines {
			if lipgloss.Width(l) != size[0] {
				t.Errorf("%v: line %q is %d wide", size, l, lipgloss.Width(l))
			}
		}
	}
	var p scroll.Pane = scroll.New(false)
	if got := p.Render(style.Paint{}); got != nil {
		t.Errorf("a pane without size renders %q", got)
	}
}

func TestBarReachesBothEnds(t *testing.T) {
	p := scroll.New(false)
	p.SetSize(10, 4)
	p.SetLines(numbered(40))
	bar := func() (rows []int) {
		for i, l := range p.Render(style.Paint{}) {
			if strings.HasSuffix(l, "┃") {
				rows = append(rows, i)
			}
		}
		return rows
	}
	if got := bar(); len(got) != 1 || got[0] != 0 {
		t.Errorf("at the top the handle is at %v", got)
	}
	p.End()
	if got := bar(); len(got) != 1 || got[0] != 3 {
		t.Errorf("at the end the handle is at %v", got)
	}
	if p.Below() != 0 || p.Offset() != 36 {
		t.Errorf("Offset %d, Below %d", p.Offset(), p.Below())
	}
}
