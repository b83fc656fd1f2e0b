package cosign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/sigstore/sigstore/pkg/signature/payload"
	"github.com/spf13/cobra"

	"podsec/engine/image"
)

// verifyFlags are the flags that verify and verify-attestation share.
type verifyFlags struct {
	registryFlags
	key                                               string
	checkClaims, ignoreTlog, private, newBundleFormat bool
	identity, identityRE, issuer, issuerRE            string
	output                                            string
	workers                                           int
}

func (f *verifyFlags) add(c *cobra.Command) {
	f.registryFlags.add(c)
	flags := c.Flags()
	flags.StringVar(&f.key, "key", "", "path to the public key file, KMS URI or Kubernetes Secret")
	flags.BoolVar(&f.checkClaims, "check-claims", true, "whether to check the claims found")
	flags.BoolVar(&f.ignoreTlog, "insecure-ignore-tlog", false, "ignore transparency log verification, to be used when an artifact signature has not been uploaded to the transparency log. Artifacts cannot be publicly verified when not included in a log")
	flags.BoolVar(&f.private, "private-infrastructure", false, "skip transparency log verification when verifying artifacts in a privately deployed infrastructure")
	flags.BoolVar(&f.newBundleFormat, "new-bundle-format", true, "expect the signature/attestation to be packaged in a Sigstore bundle")
	flags.StringVar(&f.identity, "certificate-identity", "", "The identity expected in a valid Fulcio certificate.")
	flags.StringVar(&f.identityRE, "certificate-identity-regexp", "", "A regular expression alternative to --certificate-identity.")
	flags.StringVar(&f.issuer, "certificate-oidc-issuer", "", "The OIDC issuer expected in a valid Fulcio certificate.")
	flags.StringVar(&f.issuerRE, "certificate-oidc-issuer-regexp", "", "A regular expression alternative to --certificate-oidc-issuer.")
	flags.StringVarP(&f.output, "output", "o", "json", "output format for the signing image information (json|text)")
	flags.IntVar(&f.workers, "max-workers", 10, "the amount of maximum workers for parallel executions")
	deprecate(c, map[string]string{
		"private-infrastructure": "please use --insecure-ignore-tlog instead",
		"new-bundle-format":      "this will be the only supported format in future versions",
	})
	refuse(c, "rekor-url", "sk", "slot", "offline", "timestamp-certificate-chain", "use-signed-timestamps", "experimental-oci11", "trusted-root",
		"certificate", "certificate-chain", "ca-roots", "ca-intermediates", "sct", "insecure-ignore-sct", "signature-digest-algorithm", "local-image",
		"certificate-github-workflow-trigger", "certificate-github-workflow-sha", "certificate-github-workflow-name",
		"certificate-github-workflow-repository", "certificate-github-workflow-ref")
}

// check refuses combinations as cosign does.
func (f *verifyFlags) check() error {
	given := 0
	for _, value := range []string{f.key, f.identity, f.identityRE} {
		if value != "" {
			given++
		}
	}
	switch {
	case f.workers == 0:
		return errors.New("please set the --max-worker flag to a value that is greater than 0")
	case given > 1:
		return errors.New("exactly one of: key reference (--key) or certificate identity " +
			"(--certificate-identity or --certificate-identity-regexp), must be provided. " +
			"To determine which to use, inspect the bundle's 'verificationMaterial' field: " +
			"if 'publicKey' is present, use key reference; if 'certificate' or 'x509CertificateChain' is present, use certificate identity")
	case f.key != "":
		return nil
	case f.identity == "" && f.identityRE == "":
		return errors.New("--certificate-identity or --certificate-identity-regexp is required for verification in keyless mode")
	case f.issuer == "" && f.issuerRE == "":
		return errors.New("--certificate-oidc-issuer or --certificate-oidc-issuer-regexp is required for verification in keyless mode")
	}
	return errKeyless
}

// ignoresTlog says whether the transparency log is left out; subject is what is verified, for the warning.
func (f *verifyFlags) ignoresTlog(p *program, subject string) bool {
	if f.ignoreTlog && !f.private {
		p.warnf("Skipping tlog verification is an insecure practice that lacks transparency and auditability verification for the %s.", subject)
	}
	return f.ignoreTlog || f.private
}

func (p *program) verify() *cobra.Command {
	v := &verification{program: p}
	c := &cobra.Command{
		Use: "verify", Short: "Verify a signature on the supplied container image",
		Long:    "Verify signature and annotations on an image by checking the claims\nagainst the transparency log.",
		Example: "  # verify image with an on-disk public key\n  cosign verify --key cosign.pub <IMAGE>",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			ctx, cancel := context.WithTimeout(c.Context(), p.timeout)
			defer cancel()
			return v.run(ctx, args)
		},
	}
	v.add(c)
	c.Flags().StringSliceVarP(&v.pairs, "annotations", "a", nil, "extra key=value pairs to sign")
	refuse(c, "attachment", "signature", "payload")
	return c
}

// verification is a run of cosign verify.
type verification struct {
	*program
	verifyFlags
	pairs []string
}

func (v *verification) run(ctx context.Context, references []string) error {
	extra, err := annotations(v.pairs)
	if err != nil {
		return err
	}
	if v.workers != 0 {
		v.ignoreTlog = v.ignoresTlog(v.program, "signature")
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
		return fmt.Errorf("loading verifier from key opts: loading public key: %w", err)
	}
	check := image.Check{Key: key, IgnoreTlog: v.ignoreTlog, IgnoreClaims: !v.checkClaims, Annotations: extra}
	bundles := v.readsBundles(ctx, registry, references[0])
	for _, text := range references {
		ref, err := registry.Parse(text)
		if err != nil {
			return fmt.Errorf("parsing reference: %w", err)
		}
		if err := v.verifyOne(ctx, registry, ref, check, bundles); err != nil {
			return err
		}
	}
	return nil
}

// readsBundles says whether bundles are verified instead of tags: when the first image has any.
func (v *verifyFlags) readsBundles(ctx context.Context, registry image.Registry, first string) bool {
	if !v.newBundleFormat {
		return false
	}
	ref, err := registry.Parse(first)
	return err == nil && registry.HasBundles(ctx, ref)
}

func (v *verification) verifyOne(ctx context.Context, registry image.Registry, ref name.Reference, check image.Check, bundles bool) error {
	var report *image.Report
	var err error
	if bundles {
		if report, err = registry.VerifyBundles(ctx, ref, check); err != nil {
			return bundleError{err}
		}
	} else if report, err = registry.VerifySignatures(ctx, ref, check); err != nil {
		return err
	}
	v.printHeader(ref.Name(), check)
	return v.printAccepted(report.Accepted(), ref.Name())
}

// printHeader says what was checked.
func (p *program) printHeader(reference string, check image.Check) {
	p.infof("\nVerification for %s --", reference)
	p.infof("The following checks were performed on each of these signatures:")
	if !check.IgnoreClaims {
		if check.Annotations != nil {
			p.infof("  - The specified annotations were verified.")
		}
		p.infof("  - The cosign claims were validated")
	}
	p.infof("  - The signatures were verified against the specified public key")
}

// printAccepted prints the signatures that count: as a JSON list, or a line for each.
func (v *verification) printAccepted(accepted []image.Signature, reference string) error {
	claims := make([]payload.SimpleContainerImage, len(accepted))
	for i, s := range accepted {
		claim, err := claimOf(s, reference)
		if err != nil {
			return err
		}
		claims[i] = claim
	}
	if v.output == "text" {
		for _, claim := range claims {
			if err := json.NewEncoder(v.std.Out).Encode(claim); err != nil {
				return err
			}
		}
		return nil
	}
	list, err := json.Marshal(claims)
	if err != nil {
		return fmt.Errorf("error when generating the output: %w", err)
	}
	fmt.Fprintf(v.std.Out, "\n%s\n", list)
	return nil
}

// claimOf is a signature as a simple signing payload; a bundle's is made of its statement.
func claimOf(s image.Signature, reference string) (payload.SimpleContainerImage, error) {
	var claim payload.SimpleContainerImage
	if s.Statement == nil {
		err := json.Unmarshal(s.Payload, &claim)
		return claim, err
	}
	if len(s.Statement.Subject) == 0 {
		return claim, errors.New("no intoto subject or digest found")
	}
	subject := s.Statement.Subject[0]
	for algorithm, hex := range subject.Digest {
		claim.Critical.Image.DockerManifestDigest = algorithm + ":" + hex
	}
	claim.Critical.Identity.DockerReference = reference
	claim.Critical.Type = s.Statement.PredicateType
	claim.Optional = subject.Annotations
	if claim.Optional == nil {
		claim.Optional = map[string]any{}
	}
	return claim, nil
}
