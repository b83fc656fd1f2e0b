package table

import (
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
)

// Palette colours texts, or leaves them as they are.
type Palette struct {
	// Off removes every colour, that of headings too.
	Off bool
	// Plain leaves texts without colour: the output is no terminal.
	Plain bool
}

// NewPalette returns the palette for an output: colours only on a terminal, none with NO_COLOR, none at all with off.
func NewPalette(w io.Writer, off bool) Palette {
	p := Palette{Off: off, Plain: true}
	if file, ok := w.(*os.File); ok {
		p.Plain = os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" || !isatty.IsTerminal(file.Fd())
	}
	return p
}

func (p Palette) paint(code, text string) string {
	if p.Off || p.Plain {
		return text
	}
	return "\033[" + code + ";1m" + text + "\033[0;22m"
}

// Green is for what passed.
func (p Palette) Green(text string) string { return p.paint("32", text) }

// Red is for what failed.
func (p Palette) Red(text string) string { return p.paint("31", text) }

// Yellow is for what was not found or left out.
func (p Palette) Yellow(text string) string { return p.paint("33", text) }

// Cyan is for names.
func (p Palette) Cyan(text string) string { return p.paint("36", text) }

// Policy writes the name of a policy, "namespace/name" in two pieces.
func (p Palette) Policy(name string) string {
	parts := strings.Split(name, "/")
	if len(parts) < 2 {
		return p.Cyan(name)
	}
	return p.Cyan(parts[0]) + "/" + p.Cyan(parts[1])
}

// Resource writes the name of a resource behind its kind.
func (p Palette) Resource(kind, name string) string { return p.Cyan(kind) + "/" + p.Cyan(name) }
