package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"podsec/kube/level"
)

// errDiffer says that transcripts differ.
var errDiffer = errors.New("the transcripts differ")

// NewCompare makes the command that compares the transcripts of two runs.
func NewCompare() *cobra.Command {
	quiet := false
	cmd := &cobra.Command{
		Use:   "compare FOLDER FOLDER",
		Short: "Compare the transcripts of two runs, such as of the simulated cluster and of a real one",
		Long: `Compare what podsec run --transcript wrote in two runs, lab by lab, and count the lines that differ. What differs in
every run does not count: ages, times, UIDs, addresses, random names.

The exit status is 1 when lines differ.`,
		Example: `  podsec compare simulated real

  where they come from:
  podsec run --all --transcript simulated
  podsec run --all --transcript real --context lab-cluster --yes`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			return compare(cmd.OutOrStdout(), args[0], args[1], quiet)
		},
	}
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "count only; do not show the lines")
	return cmd
}

// compare compares the files of two folders that have the same name.
func compare(out io.Writer, first, second string, quiet bool) error {
	names, err := filepath.Glob(filepath.Join(first, "*.txt"))
	if err != nil {
		return fmt.Errorf("read transcripts: %w", err)
	}
	if len(names) == 0 {
		return fmt.Errorf("read transcripts: there are none in %s", first)
	}
	var result error
	for _, name := range names {
		different, lines, err := compareFiles(name, filepath.Join(second, filepath.Base(name)))
		if err != nil {
			return err
		}
		lab, changed := strings.TrimSuffix(filepath.Base(name), ".txt"), differing(different)
		fmt.Fprintf(out, "%-26s %d of %d lines differ\n", lab, changed, lines)
		if changed > 0 {
			result = errDiffer
			if !quiet {
				fmt.Fprintf(out, "%s\n", different)
			}
		}
	}
	return result
}

// compareFiles returns how two transcripts differ, and how many lines the first has.
func compareFiles(first, second string) (different []byte, lines int, err error) {
	a, err := levelled(first)
	if err != nil {
		return nil, 0, err
	}
	b, err := levelled(second)
	if err != nil {
		return nil, 0, err
	}
	return diff.Diff(first, a, second, b), bytes.Count(a, []byte("\n")), nil
}

func levelled(name string) ([]byte, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read transcript: %w", err)
	}
	return []byte(strings.Join(level.Lines(level.Text(string(text))), "\n") + "\n"), nil
}

// differing counts the lines that were removed or added, whichever are more: a changed line is both.
func differing(text []byte) int {
	removed, added := 0, 0
	body, _ := bytes.CutPrefix(text, []byte("diff "))
	for i, line := range bytes.Split(body, []byte("\n")) {
		switch {
		case i < 3 || len(line) == 0: // the names of the files
		case line[0] == '-':
			removed++
		case line[0] == '+':
			added++
		}
	}
	return max(removed, added)
}
