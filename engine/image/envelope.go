package image

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"github.com/sigstore/sigstore/pkg/signature"
	sigdsse "github.com/sigstore/sigstore/pkg/signature/dsse"
)

// seal signs a statement in a DSSE envelope.
func seal(ctx context.Context, key signature.Signer, payload []byte) (*dsse.Envelope, error) {
	signer, err := dsse.NewEnvelopeSigner(&sigdsse.SignerAdapter{SignatureSigner: key})
	if err != nil {
		return nil, err
	}
	envelope, err := signer.SignPayload(ctx, statementMediaType, payload)
	if err != nil {
		return nil, fmt.Errorf("sign statement: %w", err)
	}
	return envelope, nil
}

// writeEnvelope writes an envelope as cosign prints and stores it: its fields by name, and no key's id.
func writeEnvelope(envelope *dsse.Envelope) ([]byte, error) {
	type sealed struct {
		Sig string `json:"sig"`
	}
	out := struct {
		Payload     string   `json:"payload"`
		PayloadType string   `json:"payloadType"`
		Signatures  []sealed `json:"signatures"`
	}{Payload: envelope.Payload, PayloadType: envelope.PayloadType}
	for _, s := range envelope.Signatures {
		out.Signatures = append(out.Signatures, sealed{s.Sig})
	}
	content, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("write envelope: %w", err)
	}
	return content, nil
}

// checkEnvelope verifies that the key signed the envelope.
func checkEnvelope(ctx context.Context, key signature.Verifier, envelope *dsse.Envelope) error {
	public, err := key.PublicKey()
	if err != nil {
		return &noKey{err}
	}
	verifier, err := dsse.NewEnvelopeVerifier(&sigdsse.VerifierAdapter{SignatureVerifier: key, Pub: public})
	if err != nil {
		return fmt.Errorf("could not load envelope verifier: %w", err)
	}
	_, err = verifier.Verify(ctx, envelope)
	return err
}

// noKey is the error of a key that cannot be had.
type noKey struct{ err error }

// Error is sigstore's text.
func (e *noKey) Error() string { return "could not fetch verifier public key: " + e.err.Error() }

// Unwrap returns the cause.
func (e *noKey) Unwrap() error { return e.err }
