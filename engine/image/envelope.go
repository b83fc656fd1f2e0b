package image

import (
	"context"
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

// checkEnvelope verifies that the key signed the envelope.
func checkEnvelope(ctx context.Context, key signature.Verifier, envelope *dsse.Envelope) error {
	public, err := key.PublicKey()
	if err != nil {
		return fmt.Errorf("could not fetch verifier public key: %w", err)
	}
	verifier, err := dsse.NewEnvelopeVerifier(&sigdsse.VerifierAdapter{SignatureVerifier: key, Pub: public})
	if err != nil {
		return fmt.Errorf("could not load envelope verifier: %w", err)
	}
	_, err = verifier.Verify(ctx, envelope)
	return err
}
