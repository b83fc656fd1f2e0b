package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"podsec/labs"
)

// exportFlags are the flags of export.
type exportFlags struct {
	all  bool
	file string
}

// NewExport makes the command that writes labs as a handout.
func NewExport(o Options) *cobra.Command {
	var f exportFlags
	cmd := &cobra.Command{
		Use:   "export LAB… | --all",
		Short: "Write labs as a handout, with what the commands really print",
		Long: `Write labs as a handout to read or to print: the texts, the commands, and what they print in a run that is made for
it. Answers to questions and solutions are in an appendix. A file whose name ends in .html gets one page that needs
nothing else; everything else is Markdown.`,
		Example: `  podsec export 02-pod-labels -o handout.md
  podsec export --all -o workshop.html`,
		Args: func(_ *cobra.Command, args []string) error {
			if f.all == (len(args) > 0) {
				return errors.New("name labs, or use --all")
			}
			return nil
		},
		ValidArgsFunction: completeLabs(o),
		RunE: func(cmd *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			return export(cmd, o, f, args)
		},
	}
	cmd.Flags().BoolVar(&f.all, "all", false, "export all labs")
	cmd.Flags().StringVarP(&f.file, "file", "o", "", "the file to write, .md or .html; Markdown is printed without it")
	_ = cmd.MarkFlagFilename("file", "md", "html") // the flag is there
	return cmd
}

func export(cmd *cobra.Command, o Options, f exportFlags, args []string) (err error) {
	list, err := labs.Load(o.Labs)
	if err != nil {
		return fmt.Errorf("read labs: %w", err)
	}
	if !f.all {
		if list, err = pick(list, args); err != nil {
			return err
		}
	}
	ctx := cmd.Context()
	cluster, end, err := o.Cluster(ctx)
	if err != nil {
		return fmt.Errorf("start cluster: %w", err)
	}
	defer func() { err = errors.Join(err, end()) }()
	text, err := exportOn(ctx, cmd, o, cluster, list)
	if err != nil {
		return err
	}
	return deliver(cmd.OutOrStdout(), f.file, handoutTitle(list), text)
}

// exportOn runs the labs and writes the handout. A step that fails is in it as it went, and makes the command fail: a
// handout must not show what is not so.
func exportOn(ctx context.Context, cmd *cobra.Command, o Options, cluster labs.Cluster, list []*labs.Lab) (string, error) {
	watch := &report{out: io.Discard, progress: progressTo(cmd.ErrOrStderr())}
	r := runner{cluster: cluster, shell: o.Shell(cluster), watch: watch}
	results, err := r.all(ctx, list)
	if err != nil {
		return "", err
	}
	for _, result := range results {
		if result.Error != "" {
			return "", fmt.Errorf("export %s: %s", result.ID, result.Error)
		}
		for _, step := range result.Steps {
			if !step.Passed {
				return "", fmt.Errorf("export %s: the step %s does not pass; see podsec run %s", result.ID, step.ID, result.ID)
			}
		}
	}
	return newHandout(list).write(results)
}

func handoutTitle(list []*labs.Lab) string {
	if len(list) == 1 {
		return list[0].Title
	}
	return "Managing pod security on Amazon EKS with Kyverno"
}

// deliver writes Markdown to a file, as a page when its name says so, or prints it when there is no name.
func deliver(out io.Writer, file, title, markdown string) error {
	data := []byte(markdown)
	if strings.EqualFold(filepath.Ext(file), ".html") {
		var err error
		if data, err = page(title, markdown); err != nil {
			return err
		}
	}
	return place(out, file, data)
}

// place writes data to a file, or prints it when there is no name.
func place(out io.Writer, file string, data []byte) error {
	if file == "" {
		_, err := out.Write(data)
		return err
	}
	if err := os.WriteFile(file, data, 0o644); err != nil { //nolint:gosec // it is for everybody to read
		return fmt.Errorf("write file: %w", err)
	}
	return nil
}
