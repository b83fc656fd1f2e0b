package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"podsec/kube/live"
)

const cleanExample = `  podsec clean --context lab-cluster --dry-run     show what would be removed
  podsec clean --context lab-cluster               show it, ask, and remove it
  podsec clean --context lab-cluster --yes         do not ask
  podsec clean --aws                               the AWS account of the environment, and no cluster`

// cleanPatience is how long a clean-up may take.
const cleanPatience = 5 * time.Minute

// Clean returns `podsec clean`, which removes from a real cluster what the workshop made there. data is the folder of
// the ledgers.
func Clean(connection *Connection, data func() string) *cobra.Command {
	var dry bool
	command := &cobra.Command{
		Use:   "clean",
		Short: "Remove from a real cluster or an AWS account what the workshop made there, and nothing else",
		Long: `Remove what carries the workshop's label, and what the ledger of this computer names. It works from another computer
by the label alone, and with a Kyverno that is broken: its webhooks go first.

With --aws remove what the workshop made in the AWS account of the environment: without --context only that. There the
ledger of this computer alone says what it was; a key is scheduled for deletion, as KMS deletes none at once.`,
		Example: cleanExample,
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(command.Context(), cleanPatience)
			defer cancel()
			if !connection.AWS || connection.Live() {
				if err := clean(ctx, command, connection, data(), dry); err != nil {
					return err
				}
			}
			if connection.AWS {
				return cleanAccount(ctx, command, connection, data(), dry)
			}
			return mentionAccounts(command.OutOrStdout(), data(), nil)
		},
	}
	command.Flags().BoolVar(&dry, "dry-run", false, "only show what would be removed")
	return command
}

func clean(ctx context.Context, command *cobra.Command, connection *Connection, data string, dry bool) error {
	target, err := connection.Target()
	if err != nil {
		return err
	}
	cleaner, ledger, err := cleanerFor(ctx, target, data)
	if err != nil {
		trouble := live.Explain(err)
		return fmt.Errorf("reach %s: %s%s", target.Context, trouble.Problem, hintLine(trouble.Hint))
	}
	defer ledger.Close() //nolint:errcheck // every line was written through
	out := command.OutOrStdout()
	defer tellForeign(ctx, target, out)
	items, err := cleaner.Plan(ctx)
	if err != nil {
		return err
	}
	if len(items) == 0 {
		fmt.Fprintf(out, "Nothing of the workshop is on %s.\n", target.Context)
		return nil
	}
	for _, item := range items {
		fmt.Fprintf(out, "  %s (%s)\n", item, item.Why)
	}
	if dry {
		return nil
	}
	if err := connection.Confirm(ctx, target, "remove the above from", command.InOrStdin(), out); err != nil {
		return err
	}
	if err := cleaner.Clean(ctx, func(item live.Item) { fmt.Fprintf(out, "removed %s\n", item) }); err != nil {
		return err
	}
	fmt.Fprintf(out, "Nothing of the workshop is left on %s.\n", target.Context)
	return nil
}

func cleanerFor(ctx context.Context, target *live.Target, data string) (*live.Cleaner, *live.Ledger, error) {
	client, err := kubernetes.NewForConfig(target.Config)
	if err != nil {
		return nil, nil, err
	}
	system, err := client.CoreV1().Namespaces().Get(ctx, metav1.NamespaceSystem, metav1.GetOptions{})
	if err != nil {
		return nil, nil, err
	}
	ledger, err := live.OpenLedger(data, system.UID)
	if err != nil {
		return nil, nil, err
	}
	cleaner, err := live.NewCleaner(target.Config, ledger)
	return cleaner, ledger, err
}
