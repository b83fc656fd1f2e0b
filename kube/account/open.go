package account

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"podsec/kube/docker"
)

// Account is an AWS account that labs work in, through a Gate.
type Account struct {
	target   *Target
	names    Names
	private  string
	ledger   *Ledger
	cleaner  *Cleaner
	gate     *Gate
	inTheWay string
}

// OpenOptions say how an account is worked in.
type OpenOptions struct {
	// Names are what labs make.
	Names Names
	// Data is the folder of the learner's data, where ledgers are kept.
	Data string
	// Private is a folder that nobody else can look into; commands keep there what is theirs. The caller removes it.
	Private string
	Gate    GateOptions
}

// Open begins work in an account that the user has agreed to. Close it when done; what was made stays until it is cleaned
// up.
func Open(ctx context.Context, t *Target, o OpenOptions) (*Account, error) {
	ledger, err := OpenLedger(o.Data, t)
	if err != nil {
		return nil, err
	}
	a := &Account{target: t, names: o.Names, private: o.Private, ledger: ledger, cleaner: NewCleaner(t, ledger)}
	if a.gate, err = NewGate(ctx, t, ledger, o.Gate); err == nil {
		err = a.look(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// look finds out whether somebody else uses the names of the labs.
func (a *Account) look(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	taken, err := a.cleaner.owner.inTheWay(limited, a.names)
	a.inTheWay = ""
	if taken != "" {
		a.inTheWay = fmt.Sprintf("%s is in the account %s already, and the workshop did not make it", taken, a.target)
	}
	return err
}

// Target is the account and its region.
func (a *Account) Target() *Target { return a.target }

// InTheWay says why labs cannot work in the account, "" when they can.
func (a *Account) InTheWay() string { return a.inTheWay }

// The folders in which commands keep what is theirs.
const (
	dockerFolder = "docker"
	imagesFolder = "images"
)

// Environment leads commands to the account, through the gate, and keeps them from the user's own AWS and docker files
// ("KEY=value").
func (a *Account) Environment() []string {
	return slices.Concat(a.gate.Environment(), Nowhere(a.private))
}

// Nowhere keeps commands from the user's own AWS and docker files ("KEY=value"), and has them keep in the folder private
// what is theirs. By itself it leads to no account.
func Nowhere(private string) []string {
	return []string{
		"AWS_CONFIG_FILE=" + filepath.Join(private, "aws", "config"),
		"AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(private, "aws", "credentials"),
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_PAGER=",
		"DOCKER_CONFIG=" + filepath.Join(private, dockerFolder),
		docker.RootVariable + "=" + filepath.Join(private, imagesFolder),
	}
}

// Reset removes what labs before made, and forgets the images of docker and whom it is logged in as.
func (a *Account) Reset(ctx context.Context) error {
	for _, name := range []string{dockerFolder, imagesFolder} {
		if err := os.RemoveAll(filepath.Join(a.private, name)); err != nil {
			return fmt.Errorf("forget images: %w", err)
		}
	}
	if err := a.cleaner.Clean(ctx, nil); err != nil {
		return err
	}
	return a.look(ctx)
}

// Close ends the work.
func (a *Account) Close() error {
	var errs []error
	if a.gate != nil {
		errs = append(errs, a.gate.Close())
	}
	return errors.Join(append(errs, a.ledger.Close())...)
}
