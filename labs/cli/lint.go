package cli

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"podsec/labs"
)

// NewLint makes the command that looks for mistakes in labs.
func NewLint() *cobra.Command {
	strict := false
	cmd := &cobra.Command{
		Use:   "lint DIR",
		Short: "Look for mistakes in the files of labs",
		Long: `Look for mistakes in a folder of labs, or in the folder of one lab. Each is printed as file:line:column: message,
with a hint. The exit status is 1 when there are any; warnings alone do not count, unless --strict is given.`,
		Example: `  podsec lint assets/labs
  podsec lint --strict assets/labs/02-pod-labels`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			problems, err := lint(args[0])
			if err != nil {
				return err
			}
			errors := 0
			for _, p := range problems {
				p.File = filepath.Join(filepath.Clean(args[0]), p.File)
				fmt.Fprintln(cmd.OutOrStdout(), p.Error())
				if !p.Warning || strict {
					errors++
				}
			}
			if errors > 0 {
				return fmt.Errorf("lint %s: %s", args[0], count(errors, "problem"))
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
	}
	cmd.Flags().BoolVar(&strict, "strict", strict, "let warnings count too")
	return cmd
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
