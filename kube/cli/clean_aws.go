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
		return WithHint(err)
	}
	if len(items) == 0 {
		if err := forget(ctx, cleaner, dry); err != nil {
			return err
		}
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
		return WithHint(err)
	}
	fmt.Fprintf(out, "Nothing of the workshop is left in the AWS account %s.\n", target)
	return mentionAccounts(out, data, target)
}

// forget empties the ledger of an account where nothing is left: the lab's last step has removed it.
func forget(ctx context.Context, cleaner *account.Cleaner, dry bool) error {
	if dry {
		return nil
	}
	return WithHint(cleaner.Clean(ctx, nil))
}

// mentionAccounts says which other ledgers have something in them. done is where nothing is left, nil for nowhere.
func mentionAccounts(out io.Writer, data string, done *account.Target) error {
	places, err := account.Places(data)
	if err != nil {
		return err
	}
	for _, p := range places {
		if done == nil || p.ID != done.ID || p.Region != done.Region {
			fmt.Fprintf(out, "The ledger has something in the AWS account %s in %s. To look for it and remove it: AWS_REGION=%s podsec clean --aws\n", p.ID, p.Region, p.Region)
		}
	}
	return nil
}
