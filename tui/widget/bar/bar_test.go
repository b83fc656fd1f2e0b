package bar_test

import (
	"strings"
	"testing"

	"charm.land/bubbles/v2/key"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"podsec/tui/style"
	"podsec/tui/widget/bar"
)

func TestHead(t *testing.T) {
	for _, tt := range []struct {
		name, title, note string
		focus             bool
		width             int
		want              string
	}{
		{"plain", "Output", "", false, 12, " Output ────"},
		{"with the focus", "Output", "", true, 12, "▌Output ────"},
		{"with a note", "Output", "3 more", false, 20, " Output ──── 3 more "},
		{"no room for a rule", "Output", "3 more", false, 12, " Output 3 m…"},
		{"no room at all", "Output", "", false, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ansi.Strip(bar.Head(tt.title, tt.note, tt.focus, tt.width, style.New(true)))
			if got != tt.want || lipgloss.Width(got) != tt.width {
				t.Errorf("Head = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestProgress(t *testing.T) {
	for _, tt := range []struct {
		done, total, width int
		want               string
	}{
		{0, 4, 8, "╌╌╌╌╌╌╌╌"},
		{1, 100, 8, "━╌╌╌╌╌╌╌"},
		{2, 4, 8, "━━━━╌╌╌╌"},
		{99, 100, 8, "━━━━━━━╌"},
		{4, 4, 8, "━━━━━━━━"},
		{9, 4, 8, "━━━━━━━━"},
		{0, 0, 3, "   "},
		{1, 2, 0, ""},
	} {
		if got := ansi.Strip(bar.Progress(tt.done, tt.total, tt.width, style.New(true))); got != tt.want {
			t.Errorf("Progress(%d, %d, %d) = %q, want %q", tt.done, tt.total, tt.width, got, tt.want)
		}
	}
}

func TestKeysShowsWhatFits(t *testing.T) {
	keys := []key.Binding{
		key.NewBinding(key.WithKeys("n"), key.WithHelp("n", "next")),
		key.NewBinding(key.WithKeys("x"), key.WithHelp("x", "never"), key.WithDisabled()),
		key.NewBinding(key.WithKeys("q"), key.WithHelp("q", "quit")),
	}
	for width, want := range map[int]string{30: " n next · q quit", 18: " n next · q quit", 17: " n next …", 10: " n next …", 0: ""} {
		got := strings.TrimRight(ansi.Strip(bar.Keys(keys, width, style.New(true))), " ")
		if got != want {
			t.Errorf("Keys in %d = %q, want %q", width, got, want)
		}
	}
}

func TestColumns(t *testing.T) {
	got := ansi.Strip(strings.Join(bar.Columns(style.New(true), []string{"a", "b"}, []string{"c", "d"}), "\n"))
	if diff := cmp.Diff("a│c\nb│d", got); diff != "" {
		t.Error(diff)
	}
	if got := bar.Columns(style.New(true), []string{"a"}, nil); len(got) != 0 {
		t.Errorf("a column beside nothing is %q", got)
	}
}
