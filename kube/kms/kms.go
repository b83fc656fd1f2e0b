package kms

import (
	"context"
	"crypto"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
	awskms "github.com/sigstore/sigstore/pkg/signature/kms/aws"
)

// Keys finds keys. It is safe for concurrent use.
type Keys struct {
	options []func(*config.LoadOptions) error
}

// New makes Keys that reach the service as the options say, on top of what the environment and the AWS configuration do.
func New(options ...func(*config.LoadOptions) error) Keys { return Keys{options} }

// Key returns the key that a URI names, to sign and to verify with. Nothing is asked of the service before the key is
// used; the hash is what the key's kind says.
func (k Keys) Key(ctx context.Context, uri string, _ crypto.Hash) (signature.SignerVerifier, error) {
	return k.load(ctx, uri)
}

// Create makes a key for signing (ECC_NIST_P256) under the alias that a URI names, unless that exists already. It
// returns the public half as PEM.
func (k Keys) Create(ctx context.Context, uri string) ([]byte, error) {
	signer, err := k.load(ctx, uri)
	if err != nil {
		return nil, err
	}
	public, err := signer.CreateKey(ctx, signer.DefaultAlgorithm())
	if err != nil {
		return nil, fmt.Errorf("create key: %w", err)
	}
	return cryptoutils.MarshalPublicKeyToPEM(public)
}

func (k Keys) load(ctx context.Context, uri string) (*awskms.SignerVerifier, error) {
	if scheme, _, _ := strings.Cut(uri, "://"); scheme+"://" != awskms.ReferenceScheme {
		return nil, fmt.Errorf("no KMS provider found for key reference: %s", uri)
	}
	signer, err := awskms.LoadSignerVerifier(ctx, uri, k.options...)
	if err != nil {
		return nil, fmt.Errorf("find key: %w", err)
	}
	return signer, nil
}
