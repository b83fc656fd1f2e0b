// Package awskms finds signing keys in AWS KMS by the URIs that cosign and Kyverno use ("awskms:///alias/name").
package awskms

import (
	"context"
	"crypto"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/sigstore/sigstore/pkg/signature"
	sigstore "github.com/sigstore/sigstore/pkg/signature/kms/aws"

	"podsec/engine/image"
)

// Keys finds keys with a configuration of AWS; the zero Keys have that of the process. It implements image.KMS.
type Keys struct {
	options []func(*config.LoadOptions) error
}

var _ image.KMS = Keys{}

// Within finds keys of a region through a transport, whatever the process is configured for: those of a simulated
// account, as a role that may use them.
func Within(transport http.RoundTripper, region string) Keys {
	return Keys{options: []func(*config.LoadOptions) error{
		config.WithHTTPClient(&http.Client{Transport: transport}), config.WithRegion(region),
		config.WithBaseEndpoint(fmt.Sprintf("https://kms.%s.amazonaws.com", region)),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "none", "")),
		config.WithSharedConfigFiles([]string{}), config.WithSharedCredentialsFiles([]string{}),
	}}
}

// Key implements image.KMS. The hash function is the key's own. Nothing is asked of the service before the key is used.
func (k Keys) Key(ctx context.Context, uri string, _ crypto.Hash) (signature.SignerVerifier, error) {
	return k.load(ctx, uri)
}

// Create makes a signing key under an alias ("awskms:///alias/name") and returns its public key; a key that is there
// already is taken.
func (k Keys) Create(ctx context.Context, uri string) (crypto.PublicKey, error) {
	key, err := k.load(ctx, uri)
	if err != nil {
		return nil, err
	}
	public, err := key.CreateKey(ctx, key.DefaultAlgorithm())
	if err != nil {
		return nil, fmt.Errorf("creating key: %w", err)
	}
	return public, nil
}

func (k Keys) load(ctx context.Context, uri string) (*sigstore.SignerVerifier, error) {
	if !strings.HasPrefix(uri, sigstore.ReferenceScheme) {
		return nil, fmt.Errorf("no kms provider found for key reference: %s", uri)
	}
	return sigstore.LoadSignerVerifier(ctx, uri, k.options...)
}
