package cli

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"podsec/labs"
)

// Options are what the commands need.
type Options struct {
	// Labs is the folder of the labs.
	Labs fs.FS
	// Cluster starts, or connects to, the cluster that labs run on. The returned function ends it.
	Cluster func(ctx context.Context) (labs.Cluster, func() error, error)
	// Shell makes the shell that runs the commands of labs on a cluster.
	Shell func(cluster labs.Cluster) labs.Runner
	// Data is the folder of the learner's data; "" is labs.DataDir().
	Data string
	// Now is the time; nil is time.Now.
	Now func() time.Time
	// Render makes lines for a terminal of Markdown; nil leaves it as it is.
	Render func(markdown string, width int) []string
}

// data is the folder of the learner's data.
func (o Options) data() string {
	if o.Data != "" {
		return o.Data
	}
	return labs.DataDir()
}

// now is the time.
func (o Options) now() time.Time {
	if o.Now != nil {
		return o.Now()
	}
	return time.Now()
}

// Commands are all commands of this package.
func Commands(o Options) []*cobra.Command {
	return []*cobra.Command{NewRun(o), NewLabs(o), NewLint(o), NewExport(o), NewReport(o), NewNotes(o), NewCompare()}
}

// pick finds the labs that arguments name.
func pick(all []*labs.Lab, args []string) ([]*labs.Lab, error) {
	var picked []*labs.Lab
	for _, arg := range args {
		lab, err := labs.Find(all, arg)
		if err != nil {
			return nil, err
		}
		picked = append(picked, lab)
	}
	return picked, nil
}

// completeLabs offers the IDs of labs that are not on the command line yet.
func completeLabs(o Options) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		all, _ := labs.Load(o.Labs) // those that can be read are offered
		var offers []cobra.Completion
		for _, lab := range all {
			if !contains(args, lab) {
				offers = append(offers, cobra.CompletionWithDesc(lab.ID, lab.Title))
			}
		}
		return offers, cobra.ShellCompDirectiveNoFileComp
	}
}

func contains(args []string, lab *labs.Lab) bool {
	for _, arg := range args {
		if _, err := labs.Find([]*labs.Lab{lab}, arg); err == nil {
			return true
		}
	}
	return false
}

// oneOf refuses a flag's value that is not among those it may have.
func oneOf(flag, value string, values ...string) error {
	for _, v := range values {
		if v == value {
			return nil
		}
	}
	return fmt.Errorf("read flag --%s: %q is not one of %s", flag, value, strings.Join(values, ", "))
}
