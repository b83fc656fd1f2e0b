package prompt_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"podsec/tui/style"
	"podsec/tui/widget/prompt"
)

func write(p *prompt.Prompt, text string) {
	for _, r := range text {
		p.Key(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

func press(p *prompt.Prompt, codes ...rune) {
	for _, c := range codes {
		p.Key(tea.KeyPressMsg{Code: c})
	}
}

func TestHistory(t *testing.T) {
	h := &prompt.History{}
	p := prompt.New(h)
	for _, line := range []string{"one", "two", "two", " ", "three"} {
		write(&p, line)
		p.Take()
	}
	if h.Len() != 3 {
		t.Errorf("%d lines are remembered", h.Len())
	}
	write(&p, "draft")
	press(&p, tea.KeyUp, tea.KeyUp, tea.KeyUp, tea.KeyUp)
	if p.Line() != "one" {
		t.Errorf("the oldest line is %q", p.Line())
	}
	press(&p, tea.KeyDown, tea.KeyDown, tea.KeyDown, tea.KeyDown)
	if p.Line() != "draft" {
		t.Errorf("what was being written is %q", p.Line())
	}
}

func TestSearch(t *testing.T) {
	ctrlR := tea.KeyPressMsg{Code: 'r', Mod: tea.ModCtrl}
	h := &prompt.History{}
	for _, line := range []string{"kubectl get pods", "helm list", "kubectl get ns"} {
		h.Add(line)
	}
	p := prompt.New(h)
	write(&p, "mine")
	p.Key(ctrlR)
	write(&p, "get")
	if p.Line() != "kubectl get ns" {
		t.Errorf("found %q", p.Line())
	}
	p.Key(ctrlR)
	if p.Line() != "kubectl get pods" {
		t.Errorf("the one before is %q", p.Line())
	}
	press(&p, tea.KeyEscape)
	if p.Line() != "mine" {
		t.Errorf("given up, the line is %q", p.Line())
	}
}

func TestCompletion(t *testing.T) {
	for _, tt := range []struct {
		line  string
		words []string
		want  string
	}{
		{"kub", []string{"kubectl"}, "kubectl "},
		{"cat shop", []string{"shop/"}, "cat shop/"},
		{"kubectl get po", []string{"pods", "policies", "podtemplates"}, "kubectl get po"},
		{"kubectl get p", []string{"pods", "podtemplates"}, "kubectl get pod"},
		{"a | gr", []string{"grep"}, "a | grep "},
		{"x", nil, "x"},
	} {
		p := prompt.New(&prompt.History{})
		write(&p, tt.line)
		if p.Key(tea.KeyPressMsg{Code: tea.KeyTab}) != prompt.Complete {
			t.Error("tab asks for nothing")
		}
		p.Offer(tt.line, tt.words)
		if p.Line() != tt.want {
			t.Errorf("%q became %q, want %q", tt.line, p.Line(), tt.want)
		}
	}
	p := prompt.New(&prompt.History{})
	write(&p, "a")
	p.Offer("b", []string{"bee"}) // an answer that comes too late
	if p.Line() != "a" {
		t.Errorf("the line is %q", p.Line())
	}
}

func TestLongLines(t *testing.T) {
	p := prompt.New(&prompt.History{})
	p.Paste("first\nsecond \x1b[31m" + strings.Repeat("long ", 100) + "end\n")
	lines := p.Render(40, true, style.New(true))
	got := ansi.Strip(lines[0])
	if len(lines) != 1 || ansi.StringWidth(got) != 40 || !strings.Contains(got, "end") || !strings.HasPrefix(got, "$ …") {
		t.Errorf("it shows %q", got)
	}
}
