package shell

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"

	"podsec/kube/process"
)

// Options set up a Shell.
type Options struct {
	// Self is the path of the program that serves the commands in Commands: "Self kubectl …".
	Self string
	// Commands are the names of the commands that Self serves; nil is kubectl, helm, kyverno, aws,
	// docker and cosign.
	Commands []string
	// Inside is the command of that name that can do in this program what a line asks for; nil, or an Inside that is nil,
	// has Self do it.
	Inside func(name string, args []string, std process.IO) Main
	// Keep says which commands of Self may run in a process that stays for the next one of its kind, as kept.Serve
	// does; nil is none.
	Keep func(name string, args []string) bool
	// Kubeconfig is the kubeconfig file of commands, "" for none. A line's own environment wins.
	Kubeconfig string
	// Home is the home folder of commands; "" is the user's own.
	Home string
	// Bin is a folder, made when it is needed, for small scripts by which programs in PATH (xargs, sh) find Commands; ""
	// for none. The caller removes it.
	Bin string
	// Environ is what commands inherit ("KEY=value"); nil is this process's environment. What could lead a command to
	// another cluster is taken out.
	Environ []string
	// Env is added to that ("KEY=value"). Of a family of variables that it has one of (AWS_…, DOCKER_…), nothing is
	// inherited.
	Env []string
}

// Shell runs command lines. It keeps no state between lines, but for those of a Console, and is safe for concurrent use.
type Shell struct {
	self     string
	commands []string
	inside   func(name string, args []string, std process.IO) Main
	keep     func(name string, args []string) bool
	keeper   keeper
	environ  []string
	wrappers wrappers
}

// statusCancelled is the exit status of a line that was stopped, as shells give it for an interrupt.
const statusCancelled = 130

// New makes a Shell.
func New(o Options) *Shell {
	if o.Commands == nil {
		o.Commands = []string{"kubectl", "helm", "kyverno", "aws", "docker", "cosign"}
	}
	if o.Environ == nil {
		o.Environ = os.Environ()
	}
	environ := slices.DeleteFunc(slices.Clone(o.Environ), leadsElsewhere)
	environ = slices.DeleteFunc(environ, func(entry string) bool { return slices.ContainsFunc(o.Env, inFamilyOf(entry)) })
	environ = append(environ, "KUBERC=off")
	environ = append(environ, o.Env...)
	if o.Kubeconfig != "" {
		environ = append(environ, "KUBECONFIG="+o.Kubeconfig)
	}
	if o.Home != "" {
		environ = append(environ, "HOME="+o.Home)
	}
	return &Shell{
		self: o.Self, commands: o.Commands, inside: o.Inside, keep: o.Keep, environ: environ,
		wrappers: wrappers{dir: o.Bin, self: o.Self, commands: o.Commands},
	}
}

// leadsElsewhere says whether an environment variable could make a command talk to another cluster than the lab's, or
// behave otherwise than the lab says.
func leadsElsewhere(entry string) bool {
	name, _, _ := strings.Cut(entry, "=")
	switch name {
	case "KUBECONFIG", "KUBECACHEDIR", "KUBERC", "KUBECTL_COMMAND_HEADERS", "KUBECTL_EXTERNAL_DIFF":
		return true
	}
	return strings.HasPrefix(name, "KUBERNETES_") || strings.HasPrefix(name, "HELM_")
}

// inFamilyOf says whether a variable is of the family of another: the same up to the first underscore.
func inFamilyOf(entry string) func(string) bool {
	family, _, found := strings.Cut(entry, "_")
	return func(other string) bool {
		return found && strings.HasPrefix(other, family+"_") && !strings.Contains(family, "=")
	}
}

// Commands are the names of the commands that the shell brings along.
func (s *Shell) Commands() []string { return append(slices.Clone(s.commands), "jq") }

// Run runs a line, or several, in the folder dir, with env added to the environment. What commands print is written to
// stdout and stderr as it comes; when they are the same writer, in the order in which it was printed. exit is the
// shell's exit status: 127 for a command that does not exist, 2 for a line that is not shell. err is ctx's when it
// ended before the line did, or says why nothing could be run.
func (s *Shell) Run(ctx context.Context, dir, line string, env []string, stdout, stderr io.Writer) (exit int, err error) {
	console, err := s.console(dir, env)
	if err != nil {
		return 1, err
	}
	return console.Run(ctx, line, stdout, stderr)
}

// Warm implements labs.Warmer: it starts the process that the first command of kubectl would have to start, which is kept
// for it.
func (s *Shell) Warm(ctx context.Context, dir string, env []string) {
	if s.keep != nil {
		_, _ = s.Run(ctx, dir, "kubectl version --client", env, io.Discard, io.Discard) // the first command starts it then
	}
}

// main is what runs a command inside this program, nil for nothing.
func (s *Shell) main(args []string, hc interp.HandlerContext) (Main, process.IO) {
	switch {
	case args[0] == "jq":
		return JQ, given(hc)
	case s.inside == nil || !slices.Contains(s.commands, args[0]):
		return nil, process.IO{}
	}
	std := given(hc)
	return s.inside(args[0], args[1:], std), std
}

// own runs a command that this program serves in another process.
func (s *Shell) own(ctx context.Context, hc interp.HandlerContext, args []string) error {
	if s.keep != nil && s.keep(args[0], args[1:]) {
		if err := s.keeper.execute(ctx, hc, s.self, args); !errors.Is(err, errNotKept) {
			return err
		}
	}
	return execute(ctx, hc, s.self, args[0], args)
}

// exitStatus is a status as the interpreter wants it.
func exitStatus(status int) error {
	if status == 0 {
		return nil
	}
	return interp.ExitStatus(uint8(status))
}

// environment lists the exported variables of a shell.
func environment(env expand.Environ) []string {
	values := map[string]string{}
	for name, variable := range env.Each {
		switch {
		case !variable.IsSet():
			delete(values, name)
		case variable.Exported && variable.Kind == expand.String:
			values[name] = variable.String()
		}
	}
	list := make([]string, 0, len(values))
	for name, value := range values {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list
}
