package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"podsec/labs"
)

// listed is a lab as "labs --output json" prints it.
type listed struct {
	ID      string       `json:"id"`
	Title   string       `json:"title"`
	Summary string       `json:"summary"`
	Minutes int          `json:"minutes"`
	Steps   []listedStep `json:"steps"`
}

type listedStep struct {
	ID      string        `json:"id"`
	Title   string        `json:"title"`
	Kind    labs.StepKind `json:"kind"`
	Edition string        `json:"edition,omitempty"`
	Command string        `json:"command,omitempty"`
}

// NewLabs makes the command that lists the labs.
func NewLabs(o Options) *cobra.Command {
	output := "table"
	cmd := &cobra.Command{
		Use:   "labs",
		Short: "List the labs",
		Long:  "List the labs with their titles, how many steps they have, and how many minutes they take.",
		Example: `  podsec labs
  podsec labs --output json | jq -r '.[].id'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SilenceUsage = true
			if err := oneOf("output", output, "table", "json"); err != nil {
				return err
			}
			all, err := labs.Load(o.Labs)
			if err != nil {
				return err
			}
			if output == "json" {
				return listJSON(cmd.OutOrStdout(), all)
			}
			return listTable(cmd.OutOrStdout(), all)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", output, "how to print them: table or json")
	completeValues(cmd, "output", "table", "json")
	return cmd
}

// completeValues offers the values of a flag. It panics when the command has no such flag: a mistake of the program.
func completeValues(cmd *cobra.Command, flag string, values ...string) {
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err)
	}
}

func listTable(out io.Writer, all []*labs.Lab) error {
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "ID\tSTEPS\tMINUTES\tTITLE")
	for _, lab := range all {
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\n", lab.ID, len(lab.Steps), lab.Minutes, lab.Title)
	}
	return table.Flush()
}

func listJSON(out io.Writer, all []*labs.Lab) error {
	list := make([]listed, 0, len(all))
	for _, lab := range all {
		item := listed{ID: lab.ID, Title: lab.Title, Summary: lab.Summary, Minutes: lab.Minutes, Steps: []listedStep{}}
		for _, s := range lab.Steps {
			item.Steps = append(item.Steps, listedStep{ID: s.ID, Title: s.Title, Kind: s.Kind, Edition: s.Edition, Command: s.Command})
		}
		list = append(list, item)
	}
	return printJSON(out, list)
}

// printJSON prints a value for people and programs: indented, and with <, > and & as they are.
func printJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
