package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"podsec/labs"
)

// runFlags are the flags of run.
type runFlags struct {
	all        bool
	from       string
	output     string
	transcript string
	junit      string
	quiet      bool
}

// NewRun makes the command that runs labs without the terminal app. It returns an error when a check fails.
func NewRun(o Options) *cobra.Command {
	f := runFlags{output: "text"}
	cmd := &cobra.Command{
		Use:   "run LAB… | --all",
		Short: "Run labs without the terminal app and check every step",
		Long: `Run the commands of labs, step by step, and check each step as the terminal app does. Every lab starts from its own
baseline. A lab is named by its ID, its number, or its ID without the number; podsec labs lists them.

The exit status is 1 when the check of a step fails.`,
		Example: `  podsec run --all
  podsec run 02-pod-labels --transcript out
  podsec run 2 --from see-it-denied
  podsec run --all --quiet
  podsec run --all --output json --junit report.xml`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case f.all == (len(args) > 0):
				return errors.New("name labs, or use --all")
			case f.from != "" && len(args) != 1:
				return errors.New("--from goes with one lab")
			}
			return nil
		},
		ValidArgsFunction: completeLabs(o),
		RunE: func(cmd *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			if err := oneOf("output", f.output, "text", "json"); err != nil {
				return err
			}
			return run(cmd, o, f, args)
		},
	}
	cmd.Flags().BoolVar(&f.all, "all", false, "run all labs")
	cmd.Flags().StringVar(&f.from, "from", "", "the step (ID or number) to start at; those before it are run, but do not count")
	cmd.Flags().StringVarP(&f.output, "output", "o", f.output, "how to print the results: text or json")
	cmd.Flags().StringVar(&f.transcript, "transcript", "", "write what each lab's commands printed into this folder")
	cmd.Flags().StringVar(&f.junit, "junit", "", "write a JUnit report to this file")
	cmd.Flags().BoolVarP(&f.quiet, "quiet", "q", false, "print only what fails, and the sum")
	completeValues(cmd, "output", "text", "json")
	return cmd
}

func run(cmd *cobra.Command, o Options, f runFlags, args []string) (err error) {
	list, err := labs.Load(o.Labs)
	if err != nil {
		return fmt.Errorf("read labs: %w", err)
	}
	if !f.all {
		if list, err = pick(list, args); err != nil {
			return err
		}
	}
	if f.from != "" {
		if _, err := stepIndex(list[0], f.from); err != nil {
			return err
		}
	}
	ctx := cmd.Context()
	cluster, end, err := o.Cluster(ctx)
	if err != nil {
		return fmt.Errorf("start cluster: %w", err)
	}
	defer func() { err = errors.Join(err, end()) }()
	return runOn(ctx, cmd, o.Shell(cluster), cluster, f, list)
}

// runOn runs the labs and hands on the results, also those of a run that was interrupted.
func runOn(ctx context.Context, cmd *cobra.Command, shell labs.Runner, cluster labs.Cluster, f runFlags, list []*labs.Lab) error {
	watch := &report{out: cmd.OutOrStdout(), progress: progressTo(cmd.ErrOrStderr()), quiet: f.quiet}
	if f.output == "json" {
		watch.out = io.Discard
	}
	r := runner{cluster: cluster, shell: shell, watch: watch, from: f.from}
	results, err := r.all(ctx, list)
	if writing := write(cmd.OutOrStdout(), f, results); err != nil || writing != nil {
		return errors.Join(err, writing)
	}
	steps, failed := tally(results)
	if failed > 0 {
		return fmt.Errorf("run labs: %d of %s failed", failed, count(steps, "step"))
	}
	if f.output == "text" {
		fmt.Fprintf(cmd.OutOrStdout(), "%s, %s: all passed%s\n", count(len(results), "lab"), count(steps, "step"), butSkipped(results))
	}
	return nil
}

// butSkipped says how many steps were skipped, if any.
func butSkipped(results []labResult) string {
	if n := skipped(results); n > 0 {
		return fmt.Sprintf(", but for %d skipped on this cluster", n)
	}
	return ""
}

// write writes the files that the flags ask for, and JSON.
func write(out io.Writer, f runFlags, results []labResult) error {
	var errs []error
	if f.transcript != "" {
		errs = append(errs, writeTranscripts(f.transcript, results))
	}
	if f.junit != "" {
		errs = append(errs, writeJUnit(f.junit, results))
	}
	if f.output == "json" {
		errs = append(errs, printJSON(out, results))
	}
	return errors.Join(errs...)
}

// progressTo shows progress on a terminal, and nowhere else.
func progressTo(w io.Writer) io.Writer {
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		return file
	}
	return io.Discard
}
