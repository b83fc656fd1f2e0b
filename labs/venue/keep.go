package venue

import (
	"slices"
	"strings"
)

// keep says which commands may share a process: those of kubectl that do one thing and leave nothing behind. What talks to
// a terminal, starts other programs, goes on in the background or changes how kubectl logs has one of its own.
func keep(name string, args []string) bool {
	return name == "kubectl" && slices.Contains(shared(), verb(args)) && !slices.ContainsFunc(args, alone)
}

func shared() []string {
	return []string{
		"annotate", "api-resources", "api-versions", "apply", "auth", "create", "delete", "describe", "explain", "get", "label",
		"patch", "replace", "rollout", "run", "scale", "set", "version", "wait",
	}
}

// verb is the first word of a command line, "" when an option comes before it that may change what the word means.
func verb(args []string) string {
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "-n" || args[i] == "--namespace":
			i++
		case !strings.HasPrefix(args[i], "-"):
			return args[i]
		case !strings.HasPrefix(args[i], "-n") && !strings.HasPrefix(args[i], "--namespace="):
			return ""
		}
	}
	return ""
}

// alone says whether an argument asks for what needs a process of its own: a terminal, an editor, or other logs.
func alone(arg string) bool {
	return slices.ContainsFunc([]string{
		"-i", "-t", "--stdin", "--tty", "--attach", "--rm", "--edit",
		"-v", "--v=", "--vmodule", "--log", "--also", "--skip-", "--one-output", "--add-dir", "--stderr", "--profile", "--kuberc",
	}, func(beginning string) bool { return strings.HasPrefix(arg, beginning) }) || arg == "--v"
}
