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
	defer terminal.Close()
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

// TestTerminalWaitsForNobody: a program that draws gets its answers later, and one that has ended is typed to in vain.
func TestTerminalWaitsForNobody(t *testing.T) {
	terminal := NewTerminal(20, 3)
	terminal.Type("a")
	for range 100 {
		if _, err := io.WriteString(terminal, "\x1b]11;?\a\x1b[?2026$p"); err != nil {
			t.Fatal(err)
		}
	}
	terminal.Type("b")
	var got string
	for strings.Count(got, "2026") < 100 || !strings.Contains(got, "b") {
		p := make([]byte, 64)
		n, err := terminal.Read(p)
		if err != nil {
			t.Fatal(err)
		}
		got += string(p[:n])
	}
	if !strings.HasPrefix(got, "a") || strings.Count(got, "\x1b]11;rgb:") != 100 {
		t.Errorf("it sent %q", got)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := terminal.Read(make([]byte, 1))
		ended <- err
	}()
	if err := terminal.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, io.EOF) {
		t.Errorf("after its end there is %v to read", err)
	}
	terminal.Type("c")
	if _, err := io.WriteString(terminal, "\x1b]11;?\aafter"); err != nil || !strings.HasPrefix(terminal.Screen(), "after") {
		t.Errorf("the screen shows %q, error %v", terminal.Screen(), err)
	}
}

func TestSVGIsWellFormedAndEscaped(t *testing.T) {
	terminal := NewTerminal(30, 2)
	defer terminal.Close()
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
