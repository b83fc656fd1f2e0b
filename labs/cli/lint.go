package cli

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"podsec/labs"
)

// lintFlags are the flags of lint.
type lintFlags struct {
	strict bool
	prove  bool
}

// NewLint makes the command that looks for mistakes in labs.
func NewLint(o Options) *cobra.Command {
	var f lintFlags
	cmd := &cobra.Command{
		Use:   "lint DIR",
		Short: "Look for mistakes in the files of labs",
		Long: `Look for mistakes in a folder of labs, or in the folder of one lab. Each is printed as file:line:column: message,
with a hint. The exit status is 1 when there are any; warnings alone do not count, unless --strict is given.

With --prove the labs are worked through on a cluster as well: every check must fail before its step and hold after it,
what there is to edit must not work before it is solved, and every mistake that a lab knows is made, and must get its
message.`,
		Example: `  podsec lint assets/labs
  podsec lint --strict assets/labs/02-pod-labels
  podsec lint --prove my-labs/11-network-policy`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			return lintAndProve(cmd, o, f, args[0])
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
	}
	cmd.Flags().BoolVar(&f.strict, "strict", false, "let warnings count too")
	cmd.Flags().BoolVar(&f.prove, "prove", false, "work through the labs on a cluster, mistakes included")
	return cmd
}

// lintAndProve prints what is wrong. Labs whose text is wrong are not worked through.
func lintAndProve(cmd *cobra.Command, o Options, f lintFlags, dir string) error {
	problems, err := lint(dir)
	if err != nil {
		return err
	}
	wrong := printProblems(cmd, f, dir, problems)
	if wrong == 0 && f.prove {
		if problems, err = prove(cmd, o, dir); err != nil {
			return err
		}
		wrong = printProblems(cmd, f, dir, problems)
	}
	if wrong > 0 {
		return fmt.Errorf("lint %s: %s", dir, count(wrong, "problem"))
	}
	return nil
}

// printProblems prints problems and counts those that matter.
func printProblems(cmd *cobra.Command, f lintFlags, dir string, problems []labs.Problem) int {
	wrong := 0
	for _, p := range problems {
		p.File = filepath.Join(filepath.Clean(dir), p.File)
		fmt.Fprintln(cmd.OutOrStdout(), p.Error())
		if !p.Warning || f.strict {
			wrong++
		}
	}
	return wrong
}

// lint looks at a folder of labs. The folder of a single lab is looked at among its neighbours, whose steps it may link
// to, but only its own problems are given.
func lint(dir string) ([]labs.Problem, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("read labs: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "lab.md")); err != nil {
		return labs.Lint(os.DirFS(dir)), nil
	}
	whole, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find folder: %w", err)
	}
	var own []labs.Problem
	for _, p := range labs.Lint(os.DirFS(filepath.Dir(whole))) {
		if name, ok := inFolder(p.File, filepath.Base(whole)); ok {
			p.File = name
			own = append(own, p)
		}
	}
	return own, nil
}

// inFolder takes the folder off a slash-separated path that is in it.
func inFolder(name, folder string) (string, bool) {
	if len(name) > len(folder)+1 && name[:len(folder)] == folder && name[len(folder)] == '/' && fs.ValidPath(name) {
		return name[len(folder)+1:], true
	}
	return "", false
}

// count is a number with its noun: "1 problem", "2 problems".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
