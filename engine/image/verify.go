package image

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"github.com/sigstore/sigstore/pkg/signature"
	sigoptions "github.com/sigstore/sigstore/pkg/signature/options"
	"github.com/sigstore/sigstore/pkg/signature/payload"
)

// Check says what a signature must be to count.
type Check struct {
	Key signature.Verifier
	// IgnoreTlog does without the transparency log. Signatures that were made here are in no log.
	IgnoreTlog bool
	// IgnoreClaims does without comparing what was signed with the image.
	IgnoreClaims bool
	// Annotations must be signed with it.
	Annotations map[string]any
}

// Signature is a signature or an attestation that was looked at.
type Signature struct {
	Where   string // the reference that holds it
	Form    string // "simple signing", "attestation" or "bundle"
	Payload []byte // what was signed: the claim, or the envelope as JSON
	// Statement is what an attestation or bundle says; nil for simple signing.
	Statement *Statement
	// Err is why it does not count.
	Err error
	// Claimed is the repository that a simple signing payload names, when it is another than the image's. Cosign and
	// Kyverno do not mind.
	Claimed string
}

// Report is what was found for an image.
type Report struct {
	Digest     name.Digest
	Signatures []Signature
}

// Accepted are the signatures that count.
func (r *Report) Accepted() []Signature {
	var out []Signature
	for _, s := range r.Signatures {
		if s.Err == nil {
			out = append(out, s)
		}
	}
	return out
}

// failures joins why signatures do not count.
func (r *Report) failures() string {
	var texts []string
	for _, s := range r.Signatures {
		if s.Err != nil {
			texts = append(texts, s.Err.Error())
		}
	}
	return strings.Join(texts, "\n ")
}

// Reason says why nothing was verified.
type Reason int

// The reasons; cosign has an exit code of its own for the first three.
const (
	NoSignatures Reason = iota + 1
	NoImage
	NoMatchingSignature
	NoMatchingAttestation
)

// NotVerified is the error of a verification that found nothing that counts.
type NotVerified struct {
	Reason Reason
	Err    error
}

// Error is cosign's text.
func (e *NotVerified) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *NotVerified) Unwrap() error { return e.Err }

func notVerified(reason Reason, format string, args ...any) error {
	return &NotVerified{Reason: reason, Err: fmt.Errorf(format, args...)}
}

// errNotInLog is the error of a signature that no transparency log knows.
var errNotInLog = errors.New("signature not found in transparency log")

// VerifySignatures verifies the signatures in cosign's tag of an image. It fails unless one of them counts.
func (r Registry) VerifySignatures(ctx context.Context, ref name.Reference, check Check) (*Report, error) {
	report, layers, err := r.report(ctx, ref, r.SignatureTag)
	if err != nil {
		return report, err
	}
	if len(layers) == 0 {
		return report, notVerified(NoSignatures, "no signatures found")
	}
	for _, l := range layers {
		report.Signatures = append(report.Signatures, check.claim(ctx, r.SignatureTag(report.Digest), report.Digest, l))
	}
	if len(report.Accepted()) == 0 {
		return report, notVerified(NoMatchingSignature, "no matching signatures: %s", report.failures())
	}
	return report, nil
}

// VerifyAttestations verifies the attestations in cosign's tag of an image. It fails unless one of them counts.
func (r Registry) VerifyAttestations(ctx context.Context, ref name.Reference, check Check) (*Report, error) {
	report, layers, err := r.report(ctx, ref, r.AttestationTag)
	if err != nil {
		return report, err
	}
	for _, l := range layers {
		report.Signatures = append(report.Signatures, check.attestation(ctx, r.AttestationTag(report.Digest), report.Digest, l))
	}
	if len(report.Accepted()) == 0 {
		return report, notVerified(NoMatchingAttestation, "no matching attestations: %s", report.failures())
	}
	return report, nil
}

// report resolves the image and reads the layers of one of its tags.
func (r Registry) report(ctx context.Context, ref name.Reference, tag func(name.Digest) name.Tag) (*Report, []layer, error) {
	report := &Report{}
	var err error
	if report.Digest, err = r.Resolve(ctx, ref); err != nil {
		if isNotFound(err) {
			return report, nil, notVerified(NoImage, "image tag not found: %w", err)
		}
		return report, nil, err
	}
	layers, err := r.layers(ctx, tag(report.Digest))
	return report, layers, err
}

// claim verifies a layer of simple signing: the log, the signature, the claims.
func (c Check) claim(ctx context.Context, tag name.Tag, digest name.Digest, l layer) Signature {
	out := Signature{Where: tag.String(), Form: "simple signing", Payload: l.payload}
	out.Err = c.signed(ctx, l)
	var claim payload.SimpleContainerImage
	if err := json.Unmarshal(l.payload, &claim); err != nil {
		out.Err = errors.Join(out.Err, err)
		return out
	}
	if named := claim.Critical.Identity.DockerReference; named != digest.Context().Name() {
		out.Claimed = named
	}
	if out.Err == nil && !c.IgnoreClaims {
		out.Err = c.claims(claim, digest)
	}
	return out
}

// signed verifies that the key signed the layer.
func (c Check) signed(ctx context.Context, l layer) error {
	if !c.IgnoreTlog {
		return errNotInLog
	}
	sig, err := l.signature()
	if err != nil {
		return err
	}
	return c.Key.VerifySignature(bytes.NewReader(sig), bytes.NewReader(l.payload), sigoptions.WithContext(ctx))
}

// claims compares what was signed with the image.
func (c Check) claims(claim payload.SimpleContainerImage, digest name.Digest) error {
	if named := claim.Critical.Image.DockerManifestDigest; named != digest.DigestStr() {
		return fmt.Errorf("invalid or missing digest in claim: %s", named)
	}
	return c.annotated(claim.Optional)
}

func (c Check) annotated(have map[string]any) error {
	for key, value := range c.Annotations {
		if have[key] != value {
			return errors.New("missing or incorrect annotation")
		}
	}
	return nil
}

// attestation verifies a layer with an envelope.
func (c Check) attestation(ctx context.Context, tag name.Tag, digest name.Digest, l layer) Signature {
	out := Signature{Where: tag.String(), Form: "attestation", Payload: l.payload}
	var envelope dsse.Envelope
	if out.Err = json.Unmarshal(l.payload, &envelope); out.Err != nil {
		return out
	}
	if content, err := envelope.DecodeB64Payload(); err == nil {
		out.Statement, _ = parseStatement(content) // one that cannot be read counts for nothing: see claimed
	}
	switch {
	case !c.IgnoreTlog:
		out.Err = errNotInLog
	case envelope.PayloadType != statementMediaType:
		out.Err = fmt.Errorf("invalid payloadType %s on envelope. Expected %s", envelope.PayloadType, statementMediaType)
	default:
		out.Err = checkEnvelope(ctx, c.Key, &envelope)
	}
	if out.Err == nil {
		out.Err = c.subject(out.Statement, digest)
	}
	return out
}

// subject compares what a statement is about with the image.
func (c Check) subject(s *Statement, digest name.Digest) error {
	if s == nil {
		return errors.New("could not parse statement")
	}
	if c.IgnoreClaims {
		return nil
	}
	algorithm, hex, err := splitDigest(digest.DigestStr())
	if err != nil {
		return err
	}
	subject, ok := s.about(algorithm, hex)
	if !ok {
		return errors.New("no matching subject digest found")
	}
	return c.annotated(subject.Annotations)
}
