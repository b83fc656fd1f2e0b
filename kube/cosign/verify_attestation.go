package cosign

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"podsec/engine/image"
)

func (p *program) verifyAttestation() *cobra.Command {
	v := &attestationVerification{program: p}
	c := &cobra.Command{
		Use: "verify-attestation", Short: "Verify an attestation on the supplied container image",
		Long:    "Verify an attestation on an image by checking the claims\nagainst the transparency log.",
		Example: "  # verify image with public key\n  cosign verify-attestation --key cosign.pub --type <PREDICATE_TYPE> <IMAGE>",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			ctx, cancel := context.WithTimeout(c.Context(), p.timeout)
			defer cancel()
			return v.run(ctx, args)
		},
	}
	v.add(c)
	c.Flags().StringVar(&v.kind, "type", "custom", "specify a predicate type (slsaprovenance|slsaprovenance02|slsaprovenance1|link|spdx|spdxjson|cyclonedx|vuln|openvex|custom) or an URI")
	refuse(c, "policy")
	return c
}

// attestationVerification is a run of cosign verify-attestation.
type attestationVerification struct {
	*program
	verifyFlags
	kind string
}

func (v *attestationVerification) run(ctx context.Context, references []string) error {
	if v.workers != 0 {
		v.ignoreTlog = v.ignoresTlog(v.program, "attestation")
	}
	if err := v.check(); err != nil {
		return err
	}
	registry, err := v.registry(ctx, &v.registryFlags)
	if err != nil {
		return err
	}
	key, err := v.verifier(ctx, v.key)
	if err != nil {
		return fmt.Errorf("loading verifierfrom key opts: loading public key: %w", err)
	}
	check := image.Check{Key: key, IgnoreTlog: v.ignoreTlog, IgnoreClaims: !v.checkClaims}
	bundles := v.readsBundles(ctx, registry, references[0])
	for _, reference := range references {
		if err := v.verifyOne(ctx, registry, reference, check, bundles); err != nil {
			return err
		}
	}
	return nil
}

func (v *attestationVerification) verifyOne(ctx context.Context, registry image.Registry, reference string, check image.Check, bundles bool) error {
	ref, err := registry.Parse(reference)
	if err != nil {
		return err
	}
	verify := registry.VerifyAttestations
	if bundles {
		verify = registry.VerifyBundles
	}
	report, err := verify(ctx, ref, check)
	if err != nil {
		return bundleError{err} // no attestation error has an exit code of its own
	}
	wanted, err := image.PredicateType(v.kind)
	if err != nil {
		wanted = v.kind // cosign compares it as it is
	}
	var found, matching []string
	for _, s := range report.Accepted() {
		found = append(found, s.Statement.PredicateType)
		if s.Statement.PredicateType == wanted {
			matching = append(matching, string(s.Payload))
		}
	}
	if len(matching) == 0 {
		return fmt.Errorf("none of the attestations matched the predicate type: %s, found: %s", v.kind, strings.Join(found, ","))
	}
	v.printHeader(reference, check)
	for _, envelope := range matching {
		fmt.Fprintln(v.std.Out, envelope)
	}
	return nil
}
