package inspect

import (
	"errors"
	"path/filepath"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// call is a call of kubectl.
type call struct {
	args  []string // after "kubectl"
	stdin string   // its here-document
}

// line is what a command line does as far as it can be read without running it: what it calls kubectl with, and the variables
// that it sets.
type line struct {
	folder    string
	variables variables
	calls     []call
	unset     string // a variable that a call uses and nothing tells; what the call sends is not known then
	sourced   int    // files that were read
}

// lineIn returns the reader of a line that runs in a folder.
func lineIn(folder string) *line { return &line{folder: folder, variables: environment()} }

// read reads the text of a line. The error is one of its syntax.
func (l *line) read(text string) error {
	file, err := syntax.NewParser().Parse(strings.NewReader(text), "")
	if err != nil {
		return err
	}
	syntax.Walk(file, func(node syntax.Node) bool {
		switch n := node.(type) {
		case *syntax.DeclClause: // export, readonly, …
			l.assign(n.Args)
		case *syntax.Stmt:
			if simple, ok := n.Cmd.(*syntax.CallExpr); ok {
				l.simple(n, simple)
			}
		}
		return true
	})
	return nil
}

// simple takes a simple command.
func (l *line) simple(statement *syntax.Stmt, command *syntax.CallExpr) {
	if len(command.Args) == 0 {
		l.assign(command.Assigns)
		return
	}
	words, err := expand.Fields(l.config(), command.Args...)
	var unset expand.UnsetParameterError
	switch name := command.Args[0].Lit(); {
	case errors.As(err, &unset) && (name == "kubectl" || name == "k"):
		l.unset = unset.Node.Param.Value
	case err != nil || len(words) < 2:
	case words[0] == "." || words[0] == "source":
		l.source(words[1])
	case words[0] == "kubectl" || words[0] == "k":
		l.calls = append(l.calls, call{args: words[1:], stdin: l.hereDocument(statement)})
	}
}

// assign takes variables, with what they are set to where that can be told without running anything.
func (l *line) assign(assigns []*syntax.Assign) {
	for _, a := range assigns {
		if a.Name == nil || a.Naked {
			continue
		}
		l.variables[a.Name.Value] = nil
		if value, err := expand.Literal(l.config(), a.Value); err == nil && !a.Append && a.Index == nil && a.Array == nil {
			l.variables[a.Name.Value] = &value
		}
	}
}

// source reads a file as the shell's "." does. What cannot be read says nothing.
func (l *line) source(name string) {
	const (
		most    = 32 // files: one may read itself, or two each other
		largest = 1 << 20
	)
	if !filepath.IsAbs(name) {
		name = filepath.Join(l.folder, name)
	}
	if l.sourced == most {
		return
	}
	l.sourced++
	if text, err := readRegular(name, largest); err == nil {
		_ = l.read(string(text))
	}
}

// config expands words with the line's variables. Nothing is run.
func (l *line) config() *expand.Config {
	return &expand.Config{NoUnset: true, Env: l.variables, ProcSubst: func(*syntax.ProcSubst) (string, error) {
		return "", errors.New("commands are not run")
	}}
}

// hereDocument is the text of a statement's here-document, in which variables that nobody has set are nothing.
func (l *line) hereDocument(statement *syntax.Stmt) string {
	for _, r := range statement.Redirs {
		if r.Hdoc == nil {
			continue
		}
		if unset := l.variables.untold(r.Hdoc); unset != "" {
			l.unset = unset
			return ""
		}
		config := l.config()
		config.NoUnset = false
		if text, err := expand.Document(config, r.Hdoc); err == nil {
			return text
		}
	}
	return ""
}
