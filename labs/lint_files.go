package labs

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

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
	mentions := slices.Clone(l.lab.Start.Apply)
	for i := range l.lab.Steps {
		mentions = append(mentions, mentioned(&l.lab.Steps[i])...)
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

// mentioned are the files, and other words, that a step names.
func mentioned(step *Step) []string {
	names := []string{step.File, step.Solution.File}
	commands := []string{step.Command, step.Solution.Command}
	checks := slices.Clone(step.Checks)
	for _, m := range step.Mistakes {
		names = append(names, m.Try.File)
		commands = append(commands, m.Try.Command)
		checks = append(checks, m.When...)
	}
	for _, check := range checks {
		if tries, ok := underlying(check).(interface{ trial() trial }); ok {
			names = append(names, tries.trial().File.name)
		}
	}
	for _, command := range commands {
		names = append(names, strings.FieldsFunc(command, notInPath)...)
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
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
