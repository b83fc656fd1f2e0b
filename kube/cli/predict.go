package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"podsec/kube/inspect"
	"podsec/kube/live"
)

const predictExample = `  podsec predict                          the current context of the kubeconfig
  podsec predict --context lab-cluster
  podsec predict --output json`

// errDisagree says that reports are not what was predicted.
var errDisagree = errors.New("the reports are not what was predicted")

// Predict returns `podsec predict`, which compares what our engine says of a cluster's objects with what Kyverno has
// reported of them, and changes nothing.
func Predict(connection *Connection) *cobra.Command {
	output := "text"
	command := &cobra.Command{
		Use:   "predict",
		Short: "Predict what Kyverno's reports will say of a cluster, and compare it with what they say",
		Long: `Judge every object of the cluster that a policy is about as Kyverno's background scan does, and compare the result with
the reports that there are. Kyverno scans within its own time: what it has not said yet is listed as "reported nothing".
The exit status is 1 when something differs.`,
		Example: predictExample,
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := checkOutput(output); err != nil {
				return err
			}
			target, err := connection.Target()
			if err != nil {
				return err
			}
			cluster, err := inspect.New(target.Config)
			if err != nil {
				return err
			}
			found, err := cluster.Compare(command.Context())
			if err != nil {
				trouble := live.Explain(err)
				return fmt.Errorf("look at %s: %s%s", target.Context, trouble.Problem, hintLine(trouble.Hint))
			}
			if err := printAgreement(command.OutOrStdout(), found, output); err != nil || len(found.Differ) == 0 {
				return err
			}
			return errDisagree
		},
	}
	command.Flags().StringVarP(&output, "output", "o", output, "how to print: text or json")
	return command
}

func printAgreement(out io.Writer, a inspect.Agreement, output string) error {
	if output == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(a)
	}
	for _, d := range a.Differ {
		fmt.Fprintln(out, d)
	}
	if len(a.Unjudged) > 0 {
		fmt.Fprintln(out, "Left out, as policies of policies.kyverno.io are: "+strings.Join(a.Unjudged, ", "))
	}
	_, err := fmt.Fprintf(out, "%d objects: %d results predicted, %d reported, %d differ\n", a.Objects, a.Predicted, a.Reported, len(a.Differ))
	return err
}
