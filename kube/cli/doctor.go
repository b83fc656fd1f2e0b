package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"podsec/kube/live"
)

const doctorExample = `  podsec doctor                          the current context of the kubeconfig
  podsec doctor --context lab-cluster
  podsec doctor --output json
  podsec doctor --aws                    the AWS account that lab 7 would use
  podsec doctor --context lab-cluster --aws    both, and whether Kyverno there can get at the account`

// errUnfit says that labs will fail.
var errUnfit = errors.New("there are problems")

// Doctor returns `podsec doctor`, which looks at a real cluster and changes nothing. needs are what the labs need, data is
// the folder of the ledgers.
func Doctor(connection *Connection, needs func() ([]live.Need, error), data func() string) *cobra.Command {
	output := "text"
	command := &cobra.Command{
		Use:     "doctor",
		Short:   "Say what will work on a real cluster or in an AWS account, and change nothing",
		Long:    "Look at the cluster of the kubeconfig: its version, Kyverno and its webhooks, permissions, and policies in the way.\nWith --aws look at the AWS account of the environment, instead or as well: region, credentials, and what they allow.\nThe exit status is 1 when labs would fail.",
		Example: doctorExample,
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return doctor(command, connection, needs, data(), output)
		},
	}
	command.Flags().StringVarP(&output, "output", "o", output, "how to print: text or json")
	return command
}

// doctor looks at the cluster, at the account, or at both.
func doctor(command *cobra.Command, connection *Connection, needs func() ([]live.Need, error), data, output string) error {
	if err := checkOutput(output); err != nil {
		return err
	}
	var findings []live.Finding
	if !connection.AWS || connection.Live() {
		list, err := needs()
		if err != nil {
			return err
		}
		if findings, err = examine(command.Context(), connection, list); err != nil {
			return err
		}
	}
	if connection.AWS {
		found, err := examineAccount(command.Context(), connection, data)
		if err != nil {
			return err
		}
		findings = append(findings, found...)
	}
	return report(command, findings, output)
}

func examine(ctx context.Context, connection *Connection, needs []live.Need) ([]live.Finding, error) {
	target, err := connection.Target()
	if err != nil {
		return nil, err
	}
	findings, err := live.Examine(ctx, target, needs)
	if err != nil {
		trouble := live.Explain(err)
		return nil, fmt.Errorf("look at %s: %s%s", target.Context, trouble.Problem, hintLine(trouble.Hint))
	}
	return findings, nil
}

func checkOutput(output string) error {
	if output != "text" && output != "json" {
		return fmt.Errorf("read flag --output: %q is not one of text, json", output)
	}
	return nil
}

// report prints findings; the error is that there are problems.
func report(command *cobra.Command, findings []live.Finding, output string) error {
	if err := printFindings(command.OutOrStdout(), findings, output); err != nil {
		return err
	}
	for _, f := range findings {
		if f.Level == live.Problem {
			return errUnfit
		}
	}
	return nil
}

func printFindings(out io.Writer, findings []live.Finding, output string) error {
	if output == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(findings)
	}
	for _, f := range findings {
		fmt.Fprintf(out, "%-8s %-13s %s\n", f.Level, f.About, f.Text)
		if len(f.Labs) > 0 {
			fmt.Fprintf(out, "%22s labs: %s\n", "", strings.Join(f.Labs, ", "))
		}
		if f.Hint != "" {
			fmt.Fprintf(out, "%22s → %s\n", "", f.Hint)
		}
	}
	return nil
}
