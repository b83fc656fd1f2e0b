package table_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"podsec/tui/screen/screentest"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/table"
)

// numbered are rows that say which they are.
type numbered int

func (n numbered) Len() int { return int(n) }

func (n numbered) Cell(row, column int) string {
	return [...]string{fmt.Sprintf("name-%d", row), fmt.Sprint(row), strings.Repeat("long ", 6)}[column]
}

func columns() []table.Column {
	return []table.Column{{Title: "Name"}, {Title: "N", Right: true, Leave: 1}, {Title: "Text", Grow: true}}
}

func draw(t *table.Table) string {
	st := style.New(true)
	lines := t.Render(true, func(int, int) style.Paint { return st.Text }, st)
	for i := range lines {
		lines[i] = strings.TrimRight(ansi.Strip(lines[i]), " ")
	}
	return strings.Join(lines, "\n")
}

func TestRender(t *testing.T) {
	var l table.Table
	l.SetSize(40, 5)
	l.Set(columns(), numbered(9))
	want := `  Name    N  Text
▸ name-0  0  long long long long long …┃
  name-1  1  long long long long long …
  name-2  2  long long long long long …
  name-3  3  long long long long long …`
	if diff := cmp.Diff(want, draw(&l)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	l.SetSize(24, 3)
	want = `  Name    Text
▸ name-0  long long lo…┃
  name-1  long long lo…`
	if diff := cmp.Diff(want, draw(&l)); diff != "" {
		t.Errorf("a column that matters less is left out (-want +got):\n%s", diff)
	}
}

func TestMoving(t *testing.T) {
	var l table.Table
	if l.Cursor() != -1 || l.Len() != 0 || l.Click(1) {
		t.Error("an empty list has no cursor")
	}
	l.SetSize(40, 5)
	l.Set(columns(), numbered(9))
	for _, step := range []struct {
		key  string
		want int
	}{{"down", 1}, {"j", 2}, {"up", 1}, {"k", 0}, {"up", 0}, {"pgdown", 4}, {"space", 8}, {"down", 8}, {"pgup", 4}, {"G", 8}, {"home", 0}, {"end", 8}, {"g", 0}} {
		if !l.Key(screentest.Key(step.key)) || l.Cursor() != step.want {
			t.Errorf("%s: row %d, want %d", step.key, l.Cursor(), step.want)
		}
		if !strings.Contains(draw(&l), fmt.Sprintf("▸ name-%d ", step.want)) {
			t.Errorf("%s: the cursor is out of sight:\n%s", step.key, draw(&l))
		}
	}
	if l.Key(screentest.Key("x")) {
		t.Error("x moves nothing")
	}
	if !l.Click(3) || l.Cursor() != 2 || l.Click(0) || l.Click(5) {
		t.Errorf("clicked, row %d", l.Cursor())
	}
	l.Select(8)
	l.Set(columns(), numbered(3))
	if l.Cursor() != 2 {
		t.Errorf("row %d of three", l.Cursor())
	}
}

// TestSizes says that a table has its size, whatever that is, and whatever its cells hold.
func TestSizes(t *testing.T) {
	st := style.New(true)
	for _, width := range []int{0, 1, 3, 10, 40, 200} {
		for _, height := range []int{0, 1, 2, 30} {
			var l table.Table
			l.SetSize(width, height)
			l.Set([]table.Column{{Title: "日本", Max: 4}, {Title: "N", Right: true}, {Title: "T", Grow: true}}, wideRows{})
			lines := l.Render(true, func(int, int) style.Paint { return st.Bad }, st)
			if len(lines) != height && width > 0 {
				t.Errorf("%d×%d has %d lines", width, height, len(lines))
			}
			for _, line := range lines {
				if text.Width(line) != width {
					t.Errorf("%d×%d: %q is %d wide", width, height, line, text.Width(line))
				}
			}
		}
	}
}

type wideRows struct{}

func (wideRows) Len() int             { return 5 }
func (wideRows) Cell(int, int) string { return "日本語のテキスト" }

// TestUnfocused says that a list without the keys shows no cursor.
func TestUnfocused(t *testing.T) {
	var l table.Table
	l.SetSize(40, 3)
	l.Set(columns(), numbered(2))
	st := style.New(true)
	if got := strings.Join(l.Render(false, func(int, int) style.Paint { return st.Text }, st), ""); strings.Contains(got, style.Cursor) {
		t.Errorf("a cursor is shown: %q", got)
	}
}

// TestANameKeepsItsRoom says which columns go first where there is no room for all of them.
func TestANameKeepsItsRoom(t *testing.T) {
	var l table.Table
	l.Set([]table.Column{{Title: "Name", Min: 16, Grow: true}, {Title: "Note", Grow: true, Leave: 1}}, wideRows{})
	st := style.New(true)
	plain := func(width int) string {
		l.SetSize(width, 2)
		return ansi.Strip(strings.Join(l.Render(true, func(int, int) style.Paint { return st.Text }, st), "\n"))
	}
	for width, want := range map[int]struct{ notes, cut bool }{60: {true, false}, 34: {true, true}, 24: {false, false}, 16: {false, true}} {
		got := plain(width)
		if strings.Contains(got, "Note") != want.notes || strings.Contains(got, "…") != want.cut {
			t.Errorf("%d cells: %+v is wanted\n%s", width, want, got)
		}
		if cut := l.Cut(0, 0); cut != (width == 16) {
			t.Errorf("%d cells: the name is cut: %v", width, cut)
		}
	}
}
