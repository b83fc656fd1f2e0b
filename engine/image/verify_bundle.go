package image

import (
	"context"

	"github.com/google/go-containerregistry/pkg/name"
)

// HasBundles says whether an image has bundles that cosign would read.
func (r Registry) HasBundles(ctx context.Context, ref name.Reference) bool {
	digest, err := r.Resolve(ctx, ref)
	if err != nil {
		return false
	}
	bundles, err := r.bundles(ctx, digest)
	return err == nil && len(bundles) > 0
}

// bundles are the bundles among the manifests that refer to an image; other manifests are passed over.
func (r Registry) bundles(ctx context.Context, digest name.Digest) ([]*bundle, error) {
	referrers, err := r.referrers(ctx, digest)
	if err != nil {
		return nil, err
	}
	var out []*bundle
	for _, d := range referrers {
		if b, err := r.bundleAt(ctx, digest, d.Digest); err == nil {
			out = append(out, b)
		}
	}
	return out, nil
}

// VerifyBundles verifies the bundles of an image, signatures and attestations alike, as cosign does. It fails unless
// one of them counts.
func (r Registry) VerifyBundles(ctx context.Context, ref name.Reference, check Check) (*Report, error) {
	report := &Report{}
	var err error
	if report.Digest, err = r.Resolve(ctx, ref); err != nil {
		if isNotFound(err) {
			return report, notVerified(NoImage, "image tag not found: %w", err)
		}
		return report, err
	}
	bundles, err := r.bundles(ctx, report.Digest)
	if err != nil {
		return report, err
	}
	if len(bundles) == 0 {
		return report, notVerified(NoMatchingAttestation, "no valid bundles exist in registry")
	}
	for _, b := range bundles {
		report.Signatures = append(report.Signatures, check.bundle(ctx, b, report.Digest))
	}
	if len(report.Accepted()) == 0 {
		return report, notVerified(NoMatchingAttestation, "no matching attestations: %s", report.failures())
	}
	return report, nil
}

// bundle verifies one bundle.
func (c Check) bundle(ctx context.Context, b *bundle, digest name.Digest) Signature {
	out := Signature{Where: b.where, Form: "bundle"}
	out.Statement, _ = b.statement() // what cannot be read counts for nothing: see check
	envelope, err := b.envelope()
	if err != nil {
		out.Err = err
		return out
	}
	if out.Payload, err = writeEnvelope(envelope); err != nil {
		out.Err = err
		return out
	}
	if out.Err = b.check(ctx, c.Key, digest.DigestStr(), c.IgnoreTlog); out.Err == nil {
		out.Err = c.subject(out.Statement, digest)
	}
	return out
}
