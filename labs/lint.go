package labs

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// Lint looks for everything that is wrong, or unwise, in the labs of a folder: what Load refuses, and also files that
// no step uses, YAML that cannot be read, run steps without hints, links that lead nowhere, commands that the shell
// does not have, and text too wide for the narrowest terminal. The problems are in the order of files and lines.
func Lint(fsys fs.FS) []Problem {
	var problems Problems
	labs, err := Load(fsys)
	if err != nil && !errors.As(err, &problems) {
		return []Problem{{File: ".", Message: err.Error()}}
	}
	if len(labs) == 0 && len(problems) == 0 {
		return []Problem{{File: ".", Message: "there are no labs", Hint: "a lab is a folder like 02-pod-labels with a lab.md"}}
	}
	known := map[string]map[string]bool{} // the steps of each lab
	for _, lab := range labs {
		known[lab.ID] = map[string]bool{}
		for _, step := range lab.Steps {
			known[lab.ID][step.ID] = true
		}
	}
	for _, lab := range labs {
		l := linter{lab: lab, steps: known, file: path.Join(lab.ID, labFile)}
		if l.source, err = fs.ReadFile(lab.Files, labFile); err != nil {
			problems = append(problems, Problem{File: l.file, Message: err.Error()})
			continue
		}
		l.run()
		problems = append(problems, l.problems...)
	}
	problems.sort()
	return problems
}

// linter looks at one lab that could be parsed.
type linter struct {
	lab      *Lab
	steps    map[string]map[string]bool
	file     string
	source   []byte
	problems Problems
}

func (l *linter) run() {
	l.prose(l.lab.Intro, 0)
	created := map[string]bool{}
	for i := range l.lab.Steps {
		step := &l.lab.Steps[i]
		l.prose(step.Prose, lineOffset(l.source, step.Line))
		l.ladder(step)
		l.said(step)
		l.command(step, created)
	}
	l.files()
}

// note adds a problem at a line of lab.md.
func (l *linter) note(line int, warning bool, hint, format string, args ...any) {
	l.problems = append(l.problems, Problem{
		File: l.file, Line: line, Warning: warning, Hint: hint, Message: fmt.Sprintf(format, args...),
	})
}

// lineOffset is where a line, counted from 1, starts.
func lineOffset(source []byte, line int) int {
	offset := 0
	for range line - 1 {
		offset = nextLine(source, offset)
	}
	return offset
}
