package labs

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// ours are the commands that the labs' shell brings along.
func ours() []string {
	return []string{"kubectl", "helm", "kyverno", "aws", "docker", "cosign", "jq"}
}

// everywhere are the commands that every machine has, as far as labs have a use for them.
func everywhere() []string {
	return []string{
		"awk", "base64", "cat", "cp", "cut", "date", "diff", "env", "find", "grep", "head", "ls", "mkdir", "mv", "rm",
		"sed", "sleep", "sort", "tail", "tee", "touch", "tr", "uniq", "wc", "xargs",
	}
}

// known says whether a lab may use a command.
func known(command string) bool {
	return slices.Contains(ours(), command) || slices.Contains(everywhere(), command) || interp.IsBuiltin(command)
}

// command looks at a step's command lines, the solution's and the mistakes' among them: they must be shell, use commands
// that are there, and name files that are there or that an earlier step wrote, which are in created.
func (l *linter) command(step *Step, created map[string]bool) {
	l.script(step, step.Command, created)
	if step.Solution.Command != step.Command {
		l.script(step, step.Solution.Command, created)
	}
	for _, m := range step.Mistakes {
		l.script(step, m.Try.Command, maps.Clone(created)) // what it writes is not there for later steps
	}
}

// script looks at one of a step's command lines.
func (l *linter) script(step *Step, line string, created map[string]bool) {
	if line == "" {
		return
	}
	program, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(line), "")
	if err != nil {
		l.note(step.Line, false, "try it in a shell", "the command of step %q is not shell: %v", step.ID, err)
		return
	}
	functions := map[string]bool{}
	syntax.Walk(program, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.FuncDecl:
			functions[n.Name.Value] = true
		case *syntax.Redirect:
			if n.Op == syntax.RdrOut || n.Op == syntax.AppOut {
				created[n.Word.Lit()] = true
			}
		case *syntax.CallExpr:
			l.call(step, n, functions, created)
		}
		return true
	})
}

// call looks at one simple command.
func (l *linter) call(step *Step, call *syntax.CallExpr, functions, created map[string]bool) {
	if len(call.Args) == 0 {
		return
	}
	if name := call.Args[0].Lit(); name != "" && !functions[name] && !known(name) {
		l.note(step.Line, false, "use kubectl, helm, kyverno, jq or what every machine has", "the step %q uses the unknown command %q", step.ID, name)
	}
	for _, arg := range call.Args[1:] {
		name := arg.Lit()
		if i := strings.LastIndexByte(name, '='); i >= 0 {
			name = name[i+1:] // --filename=pod.yaml
		}
		if !namesFile(name) || created[name] || exists(l.lab, name) {
			continue
		}
		if call.Args[0].Lit() == "cp" || call.Args[0].Lit() == "mv" || call.Args[0].Lit() == "tee" {
			created[name] = true
			continue
		}
		l.note(step.Line, false, "add the file or correct its name", "the command of step %q names the file %q, which the lab does not have", step.ID, name)
	}
}

// namesFile says whether an argument is the name of a manifest.
func namesFile(arg string) bool {
	return !strings.Contains(arg, "://") && !strings.ContainsAny(arg, "*?{}") && !path.IsAbs(arg) &&
		(strings.HasSuffix(arg, ".yaml") || strings.HasSuffix(arg, ".yml") || strings.HasSuffix(arg, ".json"))
}

func exists(lab *Lab, name string) bool {
	_, err := fs.Stat(lab.Files, path.Clean(name))
	return err == nil
}
