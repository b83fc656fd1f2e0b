package labs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
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
		if step.Kind == Run && len(step.Hints) == 0 {
			l.note(step.Line, false, "add hints: with at least one", "the step %q runs a command but has no hints", step.ID)
		}
		start := lineOffset(l.source, step.Line)
		l.prose(step.Prose, start)
		for _, hint := range step.Hints {
			l.words(hint, step.Line)
		}
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

// files looks at the files beside lab.md: all must be used, and YAML must be YAML.
func (l *linter) files() {
	var names []string
	text := map[string][]byte{}
	err := fs.WalkDir(l.lab.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || name == labFile {
			return err
		}
		names = append(names, name)
		text[name], err = fs.ReadFile(l.lab.Files, name)
		return err
	})
	if err != nil {
		l.problems = append(l.problems, Problem{File: l.lab.ID, Message: "read files: " + err.Error()})
		return
	}
	used := l.used(names, text)
	for _, name := range names {
		if !used[name] {
			l.problems = append(l.problems, Problem{
				File: path.Join(l.lab.ID, name), Message: "no step uses the file", Hint: "remove it, or use it in a step",
			})
		}
		if ext := path.Ext(name); ext == ".yaml" || ext == ".yml" || ext == ".json" {
			l.yaml(name, text[name])
		}
	}
}

// used finds the files that steps name, by themselves or by their folder, and those that such files name in turn, as a
// kustomization does.
func (l *linter) used(names []string, text map[string][]byte) map[string]bool {
	used := map[string]bool{}
	var mentions []string
	for _, name := range l.lab.Start.Apply {
		mentions = append(mentions, name)
	}
	for _, step := range l.lab.Steps {
		mentions = append(mentions, step.File)
		mentions = append(mentions, strings.FieldsFunc(step.Command, notInPath)...)
	}
	for len(mentions) > 0 {
		mention := path.Clean(mentions[0])
		mentions = mentions[1:]
		for _, name := range names {
			if used[name] || name != mention && !strings.HasPrefix(name, mention+"/") {
				continue
			}
			used[name] = true
			for _, word := range strings.FieldsFunc(string(text[name]), notInPath) {
				mentions = append(mentions, path.Join(path.Dir(name), word))
			}
		}
	}
	return used
}

// notInPath says where a file's name ends in a command or a file. Labs name their files plainly.
func notInPath(r rune) bool { return strings.ContainsRune(" \t\n\"'=,;|&<>()[]{}:", r) }

// yaml reads all documents of a file.
func (l *linter) yaml(name string, text []byte) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if err == nil {
			continue
		}
		if !errors.Is(err, io.EOF) {
			line, message := yamlError(err)
			l.problems = append(l.problems, Problem{File: path.Join(l.lab.ID, name), Line: line, Message: "read YAML: " + message})
		}
		return
	}
}
