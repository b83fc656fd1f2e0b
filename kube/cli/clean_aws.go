package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"podsec/kube/account"
)

// cleanAccount removes from the AWS account of the environment what the ledger says that the workshop made there.
func cleanAccount(ctx context.Context, command *cobra.Command, connection *Connection, data string, dry bool) error {
	target, err := findAccount(ctx)
	if err != nil {
		return err
	}
	ledger, err := account.OpenLedger(data, target)
	if err != nil {
		return err
	}
	defer ledger.Close() //nolint:errcheck // every line was written through
	cleaner, out := account.NewCleaner(target, ledger), command.OutOrStdout()
	items, err := cleaner.Plan(ctx)
	if err != nil {
		return accountTrouble(err)
	}
	if len(items) == 0 {
		fmt.Fprintf(out, "Nothing of the workshop is in the AWS account %s.\n", target)
		return mentionAccounts(out, data, target)
	}
	for _, item := range items {
		fmt.Fprintf(out, "  %s\n", item)
	}
	if dry {
		return nil
	}
	if err := connection.ConfirmAccount(target, "remove the above from", command.InOrStdin(), out); err != nil {
		return err
	}
	if err := cleaner.Clean(ctx, func(item account.Item) { fmt.Fprintf(out, "removed %s\n", item) }); err != nil {
		return accountTrouble(err)
	}
	fmt.Fprintf(out, "Nothing of the workshop is left in the AWS account %s.\n", target)
	return mentionAccounts(out, data, target)
}

// mentionAccounts says where else the workshop made something that is still in a ledger. done is where nothing is left,
// nil for nowhere.
func mentionAccounts(out io.Writer, data string, done *account.Target) error {
	places, err := account.Places(data)
	if err != nil {
		return err
	}
	for _, p := range places {
		if done == nil || p.ID != done.ID || p.Region != done.Region {
			fmt.Fprintf(out, "The workshop made something in the AWS account %s in %s. To remove it: AWS_REGION=%s podsec clean --aws\n", p.ID, p.Region, p.Region)
		}
	}
	return nil
}
