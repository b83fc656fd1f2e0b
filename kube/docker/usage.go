package docker

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// unknownCommand refuses a command that this stand-in does not have.
func unknownCommand(path string, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("docker: unknown command: %s %s\n\nRun 'docker --help' for what podsec's stand-in for docker knows", path, args[0])
}

// arguments is a wrong number of arguments.
type arguments string

// Error implements error.
func (a arguments) Error() string { return string(a) }

// exactly and atLeast refuse a wrong number of arguments in docker's words.
func exactly(n int) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error { return counted(command, len(args) == n, "", n) }
}

func atLeast(n int) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		return counted(command, len(args) >= n, "at least ", n)
	}
}

func atMost(n int) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		return counted(command, len(args) <= n, "at most ", n)
	}
}

func counted(command *cobra.Command, right bool, bound string, n int) error {
	if right {
		return nil
	}
	noun := "arguments"
	if n == 1 {
		noun = "argument"
	}
	want := fmt.Sprintf("requires %s%d %s", bound, n, noun)
	if n == 0 {
		want = "accepts no arguments"
	}
	path := command.CommandPath()
	return arguments(fmt.Sprintf("docker: '%s' %s\n\nUsage:  %s\n\nRun '%s --help' for more information", path, want, command.UseLine(), path))
}

// wrongUsage ends what was said of a command line that is wrong, and returns the status: 125 for flags.
func wrongUsage(command *cobra.Command, err error, to io.Writer) int {
	if counted := arguments(""); errors.As(err, &counted) || strings.HasPrefix(err.Error(), "docker: ") {
		return 1
	}
	fmt.Fprintf(to, "\nUsage:  %s\n\nRun '%s --help' for more information\n", command.UseLine(), command.CommandPath())
	return 125
}
