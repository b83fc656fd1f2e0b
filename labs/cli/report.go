package cli

import (
	"bytes"
	"fmt"

	"github.com/spf13/cobra"

	"podsec/labs"
)

// reportFlags are the flags of report.
type reportFlags struct {
	file   string
	output string
	name   string
}

// NewReport makes the command that sums up what a learner did.
func NewReport(o Options) *cobra.Command {
	f := reportFlags{output: "md"}
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Sum up what you did: labs, steps, when, and what it took",
		Long: `Sum up what you did, from the progress that the terminal app keeps: the labs and steps that are done and when, how often
you tried, which hints you took, and how many questions you answered right the first time.`,
		Example: `  podsec report
  podsec report --name "Ada Lovelace" --output html -o certificate.html
  podsec report --output json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SilenceUsage = true
			if err := oneOf("output", f.output, "md", "html", "json"); err != nil {
				return err
			}
			return writeReport(cmd, o, f)
		},
	}
	cmd.Flags().StringVarP(&f.file, "file", "o", "", "the file to write; without it the report is printed")
	cmd.Flags().StringVar(&f.output, "output", f.output, "how to write it: md, html or json")
	cmd.Flags().StringVar(&f.name, "name", "", "whose report it is")
	completeValues(cmd, "output", "md", "html", "json")
	_ = cmd.MarkFlagFilename("file") // the flag is there
	return cmd
}

func writeReport(cmd *cobra.Command, o Options, f reportFlags) error {
	list, err := labs.Load(o.Labs)
	if err != nil {
		return fmt.Errorf("read labs: %w", err)
	}
	progress, notice, err := labs.OpenProgress(o.data())
	if err != nil {
		return err
	}
	if notice != "" {
		fmt.Fprintln(cmd.ErrOrStderr(), notice)
	}
	sum := sumUp(list, progress)
	sum.Name, sum.Made = f.name, o.now().UTC()
	data, err := sum.encode(f.output)
	if err != nil {
		return err
	}
	return place(cmd.OutOrStdout(), f.file, data)
}

// encode writes a summary in one of the forms of a report.
func (s *summary) encode(form string) ([]byte, error) {
	switch form {
	case "json":
		var b bytes.Buffer
		err := printJSON(&b, s)
		return b.Bytes(), err
	case "html":
		return page(reportTitle, s.markdown())
	}
	return []byte(s.markdown()), nil
}
