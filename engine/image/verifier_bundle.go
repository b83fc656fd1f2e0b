package image

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/sigstore/sigstore/pkg/signature"

	"podsec/engine"
)

// verifyBundles verifies sigstore bundles as Kyverno does. Asked for signatures, it takes any bundle, attestations too.
func (v *Verifier) verifyBundles(ctx context.Context, check engine.ImageCheck) (engine.ImageEvidence, error) {
	report := &Report{}
	ref, err := v.Registry.Parse(check.Image)
	if err != nil {
		return engine.ImageEvidence{}, fmt.Errorf("failed to parse image reference: %v: %w", check.Image, err)
	}
	bundles, err := v.fetchBundles(ctx, ref, check.Type, report)
	if err != nil {
		return evidenceOf(report), fmt.Errorf("failed to fetch bundles: %v: %w", check.Image, err)
	}
	key, err := v.trustedKey(ctx, check)
	if err != nil {
		return evidenceOf(report), fmt.Errorf("failed to get trusted material: %v: %w", check.Image, err)
	}
	for _, b := range bundles {
		report.Signatures = append(report.Signatures, checkTrusted(ctx, b, key, report.Digest, check))
	}
	evidence := evidenceOf(report)
	accepted := report.Accepted()
	if len(accepted) == 0 {
		return evidence, errors.New("sigstore bundle verification failed: no matching signatures found")
	}
	evidence.Digest = report.Digest.DigestStr()
	if check.Type != "" {
		evidence.Statements, err = statementsOf(accepted)
	}
	return evidence, err
}

// fetchBundles reads the bundles of an image, of one predicate type if one is given, and resolves the image for the report.
func (v *Verifier) fetchBundles(ctx context.Context, ref name.Reference, predicateType string, report *Report) ([]*bundle, error) {
	found, err := remote.Head(ref, v.Registry.options(ctx)...)
	if err != nil {
		return nil, err
	}
	report.Digest = ref.Context().Digest(found.Digest.String())
	referrers, err := v.Registry.referrers(ctx, report.Digest)
	if err != nil {
		return nil, err
	}
	if len(referrers) > maxReferrers {
		return nil, fmt.Errorf("failed to fetch referrers: too many referrers found, max limit is %d", maxReferrers)
	}
	var bundles []*bundle
	for _, d := range referrers {
		if !strings.HasPrefix(d.ArtifactType, bundlePrefix) {
			continue
		}
		b, err := v.Registry.bundleAt(ctx, report.Digest, d.Digest)
		if err != nil {
			return nil, err
		}
		if predicateType == "" || b.says(predicateType) {
			bundles = append(bundles, b)
		}
	}
	return bundles, nil
}

// says whether the bundle's statement has the predicate type.
func (b *bundle) says(predicateType string) bool {
	statement, err := b.statement()
	return err == nil && statement.PredicateType == predicateType
}

// trustedKey is the key that bundles must be signed with. With any log asked for, Kyverno loads the trusted root.
func (v *Verifier) trustedKey(ctx context.Context, check engine.ImageCheck) (signature.Verifier, error) {
	switch _, known := hashes[check.SignatureAlgorithm]; {
	case check.Notary:
		return nil, errNotary
	case check.Key == "":
		return nil, errKeyless
	case !known:
		return nil, fmt.Errorf("unsupported signature algorithm %q", check.SignatureAlgorithm)
	}
	key, err := v.bundleKey(ctx, check)
	if err != nil {
		return nil, fmt.Errorf("failed to load public key: %w", err)
	}
	if check.IgnoreTlog && check.IgnoreSCT {
		return key, nil
	}
	if err := v.loadLogs(ctx); err != nil {
		return nil, fmt.Errorf("initializing tuf: %w", err)
	}
	return key, nil
}

func (v *Verifier) bundleKey(ctx context.Context, check engine.ImageCheck) (signature.Verifier, error) {
	hash := hashes[check.SignatureAlgorithm]
	if strings.Contains(check.Key, "PUBLIC KEY") {
		return LoadPublicKey([]byte(check.Key), hash)
	}
	return v.Keys.Public(ctx, check.Key, hash)
}

// checkTrusted verifies one bundle. ctlog.ignoreSCT also says whether a timestamp is wanted, which a key's bundle has not.
func checkTrusted(ctx context.Context, b *bundle, key signature.Verifier, digest name.Digest, check engine.ImageCheck) Signature {
	out := Check{Key: key, IgnoreTlog: check.IgnoreTlog}.bundle(ctx, b, digest)
	if check.IgnoreTlog && !check.IgnoreSCT {
		out.Err = errors.New("failed to verify timestamps: threshold not met for verified signed & log entry integrated timestamps: 0 < 1")
	}
	return out
}

// statementsOf are the statements of attestations as policies see them.
func statementsOf(accepted []Signature) ([]map[string]any, error) {
	var out []map[string]any
	for _, s := range accepted {
		values, err := s.Statement.values()
		if err != nil {
			return nil, err
		}
		out = append(out, values)
	}
	return out, nil
}

// evidenceOf tells policies what was looked at.
func evidenceOf(report *Report) engine.ImageEvidence {
	var out engine.ImageEvidence
	for _, s := range report.Signatures {
		seen := engine.ImageSignature{Where: s.Where, Form: s.Form, OK: s.Err == nil}
		switch {
		case s.Err != nil:
			seen.Note = s.Err.Error()
		case s.Claimed != "":
			seen.Note = "signed as " + s.Claimed + ", which is not this repository; neither cosign nor Kyverno looks at it"
		case s.Statement != nil:
			seen.Note = "says " + s.Statement.PredicateType
		}
		out.Signatures = append(out.Signatures, seen)
	}
	return out
}
