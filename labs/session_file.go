package labs

import (
	"io/fs"
	"os"
)

// evidence is what the checks of a step judge by.
func (s *Session) evidence(step int, answer Answer) Evidence {
	e := Evidence{Answer: answer, View: s.view, Files: s.lab.Files}
	if of := s.lab.Steps[step]; of.Kind == Edit {
		e.File = of.File
		e.Files = overlay{FS: s.lab.Files, name: of.File, above: os.DirFS(s.Dir())}
	}
	return e
}

// overlay is files of which one is taken from elsewhere.
type overlay struct {
	fs.FS
	name  string
	above fs.FS
}

// Open implements fs.FS.
func (o overlay) Open(name string) (fs.File, error) {
	if name == o.name {
		return o.above.Open(name)
	}
	return o.FS.Open(name)
}
