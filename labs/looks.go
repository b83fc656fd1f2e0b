package labs

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// looks says whether a command line only looks at the cluster: then what is true of the cluster after it was so before.
// A command that is not known to only look is taken to change something.
func looks(line string) bool {
	program, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(line), "")
	if err != nil {
		return false
	}
	only := true
	syntax.Walk(program, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok && len(call.Args) > 0 {
			only = only && callLooks(call)
		}
		return only
	})
	return only
}

// looking are, for the commands that reach a cluster, the subcommands that only look.
func looking() map[string][]string {
	return map[string][]string{
		"kubectl": {
			"get", "describe", "logs", "explain", "api-resources", "api-versions", "version", "auth", "events", "top",
			"cluster-info", "diff", "config", "wait",
		},
		"helm":    {"list", "ls", "status", "get", "history", "search", "show", "template", "version", "repo"},
		"kyverno": {"apply", "test", "jp", "version"},
		"docker":  {"images", "inspect", "version"},
		"cosign":  {"verify", "tree", "triangulate", "download", "version", "public-key"},
	}
}

func callLooks(call *syntax.CallExpr) bool {
	command := call.Args[0].Lit()
	verbs, reaches := looking()[command]
	words := positional(call.Args[1:])
	switch {
	case !reaches && command != "aws":
		return known(command) && command != "xargs" && command != "eval"
	case command != "aws":
		return len(words) > 0 && slices.Contains(verbs, words[0])
	case len(words) < 2:
		return true // it only says how it is used
	}
	verb, _, _ := strings.Cut(words[1], "-")
	return verb == "describe" || verb == "list" || verb == "get"
}

// positional are the words of a command that are no flags and no values of the flags that may come before a subcommand.
func positional(args []*syntax.Word) []string {
	var words []string
	for i := 0; i < len(args); i++ {
		switch word := args[i].Lit(); {
		case word == "-n" || word == "--namespace" || word == "--context" || word == "--kubeconfig" || word == "-v":
			i++
		case !strings.HasPrefix(word, "-"):
			words = append(words, word)
		}
	}
	return words
}
