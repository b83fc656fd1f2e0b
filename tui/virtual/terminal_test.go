package virtual

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestTerminalShowsWhatIsWritten(t *testing.T) {
	terminal := NewTerminal(20, 3)
	if _, err := io.WriteString(terminal, "one\ntwo \x1b[1;31mred\x1b[m\n"); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(terminal.Screen(), "\n")
	if got := strings.TrimRight(lines[0], " "); got != "one" {
		t.Errorf("first line is %q", got)
	}
	if got := strings.TrimRight(lines[1], " "); got != "two red" {
		t.Errorf("second line is %q", got)
	}
}

func TestSVGIsWellFormedAndEscaped(t *testing.T) {
	terminal := NewTerminal(30, 2)
	if _, err := io.WriteString(terminal, "<b> & \x1b[1;38;2;1;2;3mbold\x1b[m"); err != nil {
		t.Fatal(err)
	}
	picture := terminal.SVG()
	decoder := xml.NewDecoder(strings.NewReader(picture))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, picture)
		}
	}
	for _, want := range []string{"&lt;b&gt; &amp;", `fill="#010203" font-weight="bold"`, ">bold</text>"} {
		if !strings.Contains(picture, want) {
			t.Errorf("no %s in\n%s", want, picture)
		}
	}
}
