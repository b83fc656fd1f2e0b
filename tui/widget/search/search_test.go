package search_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"podsec/tui/screen/screentest"
	"podsec/tui/style"
	"podsec/tui/widget/search"
)

func TestLine(t *testing.T) {
	var l search.Line
	for _, step := range []struct {
		key    string
		taken  bool
		view   string
		typing bool
	}{
		{"a", false, "", false}, {"esc", false, "", false}, {"/", true, "/▏", true}, {"k", true, "/k▏", true}, {"space", true, "/k ▏", true},
		{"日", true, "/k 日▏", true}, {"backspace", true, "/k ▏", true}, {"x", true, "/k x▏", true}, {"enter", true, "/k x", false},
		{"down", false, "/k x", false}, {"esc", true, "", false}, {"/", true, "/▏", true}, {"q", true, "/q▏", true}, {"ctrl+u", true, "/▏", true},
		{"esc", true, "", false},
	} {
		if got := l.Key(screentest.Key(step.key)); got != step.taken {
			t.Errorf("%s: taken %v", step.key, got)
		}
		if got := ansi.Strip(l.View(style.New(true))); got != step.view || l.Typing() != step.typing {
			t.Errorf("%s: %q, typing %v", step.key, got, l.Typing())
		}
	}
}

func TestPaste(t *testing.T) {
	var l search.Line
	l.Key(screentest.Key("/"))
	l.Paste("One\x1b[2J\nTWO " + strings.Repeat("x", 1<<20))
	if diff := cmp.Diff([]string{"one", "two"}, l.Words()[:2]); diff != "" {
		t.Error(diff)
	}
	if n := len(strings.Join(l.Words(), "")); n > 250 || !l.Active() {
		t.Errorf("%d bytes were kept", n)
	}
	if !search.Match([]string{"one", "two"}, "two and one") || search.Match([]string{"one", "two"}, "one") || !search.Match(nil, "") {
		t.Error("every word must be found")
	}
}
