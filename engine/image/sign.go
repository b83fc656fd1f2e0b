package image

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/sigstore/sigstore/pkg/signature"
	sigoptions "github.com/sigstore/sigstore/pkg/signature/options"
	"github.com/sigstore/sigstore/pkg/signature/payload"
)

// Format is the form in which signatures are written; formats can be added to each other.
type Format int

// The forms of signatures.
const (
	Tags   Format = 1 << iota // cosign's tags: what Kyverno reads with type Cosign
	Bundle                    // sigstore bundles: what Kyverno reads with type SigstoreBundle
)

// Signer signs images with one key.
type Signer struct {
	Registry Registry
	Key      signature.SignerVerifier
	// Formats is what is written; none is both.
	Formats Format
	// Now dates what is written. Nil is the real clock.
	Now func() time.Time
}

func (s *Signer) writes(f Format) bool { return s.Formats == 0 || s.Formats&f != 0 }

func (s *Signer) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

// Sign signs an image by its digest and pushes the signatures. Annotations are signed with it. In cosign's tag the same
// signature is not written twice.
func (s *Signer) Sign(ctx context.Context, digest name.Digest, annotations map[string]any) error {
	if s.writes(Tags) {
		if err := s.signTag(ctx, digest, annotations); err != nil {
			return err
		}
	}
	if !s.writes(Bundle) {
		return nil
	}
	content, err := s.SignedBundle(ctx, digest, annotations)
	if err != nil {
		return err
	}
	return s.Registry.pushBundle(ctx, digest, content, SignPredicateType, s.now())
}

// SignedBundle signs an image and returns the bundle without pushing it.
func (s *Signer) SignedBundle(ctx context.Context, digest name.Digest, annotations map[string]any) ([]byte, error) {
	algorithm, hex, err := splitDigest(digest.DigestStr())
	if err != nil {
		return nil, err
	}
	if annotations == nil {
		annotations = map[string]any{} // cosign writes an empty list too
	}
	statement, err := json.Marshal(Statement{
		Type: statementType, PredicateType: SignPredicateType, Predicate: json.RawMessage("{}"),
		Subject: []Subject{{Digest: map[string]string{algorithm: hex}, Annotations: annotations}},
	})
	if err != nil {
		return nil, fmt.Errorf("write statement: %w", err)
	}
	return newBundle(ctx, s.Key, statement)
}

// signTag writes a signature of the older form.
func (s *Signer) signTag(ctx context.Context, digest name.Digest, annotations map[string]any) error {
	claim, err := payload.Cosign{Image: digest, Annotations: annotations}.MarshalJSON()
	if err != nil {
		return fmt.Errorf("payload: %w", err)
	}
	signed, err := s.signedLayer(ctx, claim)
	if err != nil {
		return err
	}
	return s.Registry.attach(ctx, s.Registry.SignatureTag(digest), signed, func(l layer) bool { return s.isSame(l, signed) })
}

func (s *Signer) signedLayer(ctx context.Context, claim []byte) (layer, error) {
	sig, err := s.Key.SignMessage(bytes.NewReader(claim), sigoptions.WithContext(ctx))
	if err != nil {
		return layer{}, err
	}
	hash, _, err := v1.SHA256(bytes.NewReader(claim))
	if err != nil {
		return layer{}, fmt.Errorf("digest payload: %w", err)
	}
	return layer{
		mediaType: simpleSigningType, payload: claim, digest: hash,
		annotations: map[string]string{signatureAnnotation: base64.StdEncoding.EncodeToString(sig)},
	}, nil
}

// isSame says whether a layer is this key's signature of the same payload. Signatures differ even when they sign the same.
func (s *Signer) isSame(have, signed layer) bool {
	if have.digest != signed.digest || have.mediaType != signed.mediaType {
		return false
	}
	sig, err := have.signature()
	return err == nil && s.Key.VerifySignature(bytes.NewReader(sig), bytes.NewReader(signed.payload)) == nil
}

// Attest signs a statement about an image and pushes it.
func (s *Signer) Attest(ctx context.Context, digest name.Digest, statement *Statement) error {
	content, err := json.Marshal(statement)
	if err != nil {
		return fmt.Errorf("write statement: %w", err)
	}
	if s.writes(Tags) {
		if err := s.attestTag(ctx, digest, statement.PredicateType, content); err != nil {
			return err
		}
	}
	if !s.writes(Bundle) {
		return nil
	}
	bundle, err := newBundle(ctx, s.Key, content)
	if err != nil {
		return err
	}
	return s.Registry.pushBundle(ctx, digest, bundle, statement.PredicateType, s.now())
}

// attestTag writes an attestation of the older form.
func (s *Signer) attestTag(ctx context.Context, digest name.Digest, predicateType string, statement []byte) error {
	envelope, err := seal(ctx, s.Key, statement)
	if err != nil {
		return err
	}
	content, err := writeEnvelope(envelope)
	if err != nil {
		return err
	}
	add := layer{
		mediaType: envelopeType, payload: content,
		annotations: map[string]string{signatureAnnotation: "", predicateTypeAnnotation: predicateType},
	}
	same := func(l layer) bool {
		return bytes.Equal(l.payload, add.payload) && maps.Equal(l.annotations, add.annotations)
	}
	return s.Registry.attach(ctx, s.Registry.AttestationTag(digest), add, same)
}
