package editor_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"podsec/tui/style"
	"podsec/tui/widget/editor"
)

func press(e *editor.Editor, keys ...tea.KeyPressMsg) {
	for _, k := range keys {
		e.Key(k)
	}
}

func write(e *editor.Editor, text string) {
	for _, r := range text {
		if r == '\n' {
			press(e, tea.KeyPressMsg{Code: tea.KeyEnter})
			continue
		}
		press(e, tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

// TestIndentation says what a learner gets who types a manifest without ever typing indentation.
func TestIndentation(t *testing.T) {
	e := editor.New("p.yaml", "")
	write(e, "apiVersion: v1\nkind: Pod\nmetadata:\nname: web\nlabels:\nteam: a")
	press(e, tea.KeyPressMsg{Code: tea.KeyEnter}, tea.KeyPressMsg{Code: tea.KeyBackspace}, tea.KeyPressMsg{Code: tea.KeyBackspace})
	write(e, "spec:\n- name: x\nimage: y")
	want := "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  labels:\n    team: a\nspec:\n  - name: x\n    image: y\n"
	if e.Text() != want {
		t.Errorf("the text is\n%s", e.Text())
	}
	press(e, tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift})
	if !strings.HasSuffix(e.Text(), "\n  image: y\n") {
		t.Errorf("dedented it ends with %q", e.Text()[len(e.Text())-20:])
	}
}

// TestSplitLine says that the rest of a line that is split keeps its level, and a line that is moved down its own.
func TestSplitLine(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		column     int
		want       string
	}{
		{"after a field", "spec:\n  a: 1  b: 2\n", 6, "spec:\n  a: 1\n  b: 2\n"},
		{"before the line", "spec:\n  a: 1\n", 0, "spec:\n\n  a: 1\n"},
		{"within the indentation", "spec:\n  a: 1\n", 2, "spec:\n  \n  a: 1\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := editor.New("p.yaml", tt.text)
			press(e, tea.KeyPressMsg{Code: tea.KeyDown})
			for range tt.column {
				press(e, tea.KeyPressMsg{Code: tea.KeyRight})
			}
			press(e, tea.KeyPressMsg{Code: tea.KeyEnter})
			if e.Text() != tt.want {
				t.Errorf("it is %q, want %q", e.Text(), tt.want)
			}
		})
	}
}

func TestUndo(t *testing.T) {
	undo, redo := tea.KeyPressMsg{Code: 'z', Mod: tea.ModCtrl}, tea.KeyPressMsg{Code: 'y', Mod: tea.ModCtrl}
	e := editor.New("p.yaml", "a: 1\n")
	write(e, "# one two ")
	press(e, undo, undo, undo, undo)
	e.Replace("b: 2\n")
	press(e, undo)
	for e.Text() != "a: 1\n" {
		before := e.Text()
		if press(e, undo); e.Text() == before {
			t.Fatalf("undone it is %q", e.Text())
		}
	}
	if e.Changed() {
		t.Error("what was undone counts as changed")
	}
	press(e, redo)
	if !e.Changed() {
		t.Error("nothing was redone")
	}
}

func TestProblems(t *testing.T) {
	for _, tt := range []struct {
		text         string
		line, column int
	}{
		{"apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n", 0, 0},
		{"apiVersion: v1\nkind: Pod\nmetadata:\n  name: a: b\n", 4, 10},
		{"apiVersion: v1\nkind: Pod\nmetadata: {name: a\n", 3, 0},
		{"just words\n", 1, 1},
	} {
		p := editor.New("p.yaml", tt.text).Problem()
		switch {
		case (p == nil) != (tt.line == 0):
			t.Errorf("%q: %v", tt.text, p)
		case p != nil && (p.Line != tt.line && tt.column > 0 || tt.column > 0 && p.Column != tt.column):
			t.Errorf("%q: the problem is at %d:%d, want %d:%d", tt.text, p.Line, p.Column, tt.line, tt.column)
		}
	}
}

// TestTheCursorIsInSight says so for texts that are higher and wider than the pane.
func TestTheCursorIsInSight(t *testing.T) {
	e := editor.New("p.yaml", strings.Repeat("key: value\n", 100))
	press(e, tea.KeyPressMsg{Code: tea.KeyEnd, Mod: tea.ModCtrl})
	write(e, strings.Repeat("wide ", 40)+"END")
	lines := e.Render(40, 10, true, style.New(true))
	shown := ansi.Strip(strings.Join(lines, "\n"))
	if len(lines) != 10 || !strings.Contains(shown, "END") || !strings.Contains(shown, "101") {
		t.Errorf("it shows\n%s", shown)
	}
	for _, l := range lines {
		if ansi.StringWidth(l) != 40 {
			t.Errorf("a line is %d wide", ansi.StringWidth(l))
		}
	}
	if e.Paste(strings.Repeat("x", 2<<20)) {
		t.Error("two mebibytes were pasted")
	}
}
