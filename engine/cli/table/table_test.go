package table

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPrint draws tables.
func TestPrint(t *testing.T) {
	many := make([][]string, 11)
	for i := range many {
		many[i] = []string{"x", "y"}
	}
	for name, test := range map[string]struct {
		rows     [][]string
		coloured bool
		want     string
	}{
		"none":     {nil, false, ""},
		"colours":  {[][]string{{"1", "\033[36;1mlong name\033[0;22m"}}, true, "│────│───────────│\n│ \033[40;32mID\033[0m │ \033[40;32mNAME     \033[0m │\n│────│───────────│\n│ 1  │ \033[36;1mlong name\033[0;22m │\n│────│───────────│\n"},
		"lines":    {[][]string{{"1", "a\nbc"}}, false, "│────│──────│\n│ ID │ NAME │\n│────│──────│\n│ 1  │ a    │\n│    │ bc   │\n│────│──────│\n"},
		"wide":     {[][]string{{"1", "日本語"}}, false, "│────│────────│\n│ ID │ NAME   │\n│────│────────│\n│ 1  │ 日本語 │\n│────│────────│\n"},
		"numbered": {many, false, "│──────────│──────│\n│ ID (11)  │ NAME │\n│──────────│──────│\n" + strings.Repeat("│ x        │ y    │\n", 11) + "│──────────│──────│\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			Print(&out, []string{"id", "name"}, test.rows, test.coloured)
			if diff := cmp.Diff(test.want, out.String()); diff != "" {
				t.Errorf("table differs (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFold breaks long texts at words.
func TestFold(t *testing.T) {
	word := strings.Repeat("x", 100)
	for name, test := range map[string]struct{ text, want string }{
		"short":            {"a b", "a b"},
		"long":             {strings.Join([]string{word, word, word, word}, " "), word + " " + word + "\n" + word + " " + word},
		"one word":         {strings.Repeat("y", 400), strings.Repeat("y", 400)},
		"lines":            {strings.Repeat("z", 400) + "\nend", strings.Repeat("z", 400) + "\nend"},
		"line feed at end": {strings.Repeat("z", 400) + "\n", strings.Repeat("z", 399)},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, fold(test.text)); diff != "" {
				t.Errorf("text differs (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPalette colours only terminals.
func TestPalette(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, p := range []Palette{NewPalette(&bytes.Buffer{}, false), NewPalette(file, false), {Off: true}} {
		if got := p.Green("Pass") + p.Policy("a/b") + p.Resource("Pod", "web"); got != "Passa/bPod/web" {
			t.Errorf("text is %q", got)
		}
	}
	if got := (Palette{}).Red("Fail"); got != "\033[31;1mFail\033[0;22m" {
		t.Errorf("text is %q", got)
	}
}
