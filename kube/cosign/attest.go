package cosign

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"podsec/engine/image"
)

func (p *program) attest() *cobra.Command {
	a := &attesting{program: p}
	c := &cobra.Command{
		Use: "attest", Short: "Attest the supplied container image",
		Example: "  # attach an attestation to a container image with a local key pair file\n" +
			"  cosign attest --predicate <FILE> --type <TYPE> --key cosign.key <IMAGE>",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.check(p); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(c.Context(), p.timeout)
			defer cancel()
			a.formats = a.signFlags.formats(c)
			for _, reference := range args {
				if err := a.run(ctx, reference); err != nil {
					return fmt.Errorf("signing %s: %w", reference, err)
				}
			}
			return nil
		},
	}
	a.add(c)
	c.Flags().StringVar(&a.predicate, "predicate", "", "path to the predicate file.")
	c.Flags().StringVar(&a.kind, "type", "custom", "specify a predicate type (slsaprovenance|slsaprovenance02|slsaprovenance1|link|spdx|spdxjson|cyclonedx|vuln|openvex|custom) or an URI")
	refuse(c, "statement", "no-upload", "replace", "rekor-entry-type")
	return c
}

// attesting is a run of cosign attest.
type attesting struct {
	*program
	signFlags
	predicate, kind string
	formats         image.Format
}

func (a *attesting) run(ctx context.Context, reference string) error {
	if a.predicate == "" {
		return errors.New("predicate cannot be empty")
	}
	if _, err := image.PredicateType(a.kind); err != nil {
		return err
	}
	registry, err := a.registry(ctx, &a.registryFlags)
	if err != nil {
		return err
	}
	ref, err := registry.Parse(reference)
	if err != nil {
		return fmt.Errorf("parsing reference: %w", err)
	}
	digest, err := registry.Resolve(ctx, ref)
	if err != nil {
		return err
	}
	if ref.String() != digest.String() {
		a.warnf(tagWarning, reference)
	}
	content, err := a.readPredicate()
	if err != nil {
		return fmt.Errorf("getting predicate reader: %w", err)
	}
	statement, err := image.NewStatement(digest, a.kind, content, a.now())
	if err != nil {
		return err
	}
	key, err := a.privateKey(ctx, a.key)
	if err != nil {
		return fmt.Errorf("creating bundle: getting keypair and token: getting signer: reading key: %w", err)
	}
	if _, err := key.PublicKey(); err != nil {
		return fmt.Errorf("creating bundle: %w", unusable(err))
	}
	a.infof(signingNote)
	return (&image.Signer{Registry: registry, Key: key, Formats: a.formats, Now: a.now}).Attest(ctx, digest, statement)
}

func (a *attesting) readPredicate() ([]byte, error) {
	if a.predicate == "-" {
		a.infof("Using payload from: standard input")
		return io.ReadAll(a.std.In)
	}
	a.infof("Using payload from: %s", a.predicate)
	return a.std.ReadFile(filepath.Clean(a.predicate))
}
