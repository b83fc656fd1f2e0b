package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"podsec/kube/account"
)

// errNoCluster says that the account is of no use by itself.
var errNoCluster = errors.New("--aws goes with --context: on the simulated cluster labs use the simulated account")

// Account finds the AWS account of the environment, nil when the user did not ask for it. AWS is asked whose the
// credentials are, and nothing else.
func (c *Connection) Account(ctx context.Context) (*account.Target, error) {
	switch {
	case !c.AWS:
		return nil, nil
	case !c.Live():
		return nil, errNoCluster
	}
	return findAccount(ctx)
}

func findAccount(ctx context.Context) (*account.Target, error) {
	loaded, err := account.Configuration(ctx)
	if err != nil {
		return nil, WithHint(err)
	}
	found, err := account.Find(ctx, loaded)
	if err != nil {
		return nil, WithHint(err)
	}
	return found, nil
}

// WithHint adds to the error of an AWS account what to do about it, and leaves others as they are.
func WithHint(err error) error {
	var known *account.Error
	if errors.As(err, &known) {
		return fmt.Errorf("%w%s", err, hintLine(known.Hint))
	}
	return err
}

// ConfirmAccount shows which account is meant and has the user type its number. what says what is about to happen.
func (c *Connection) ConfirmAccount(t *account.Target, what string, in io.Reader, out io.Writer) error {
	fmt.Fprintf(out, "podsec is about to %s this AWS account:\n  account  %s\n  region   %s\n  as       %s\n", what, t.ID, t.Region, t.ARN)
	if c.Yes {
		return nil
	}
	return typed(in, out, "Type the account's number to go on: ", t.ID)
}
