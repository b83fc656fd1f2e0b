package cosign

import (
	"context"
	"crypto"
	"fmt"

	"github.com/sigstore/sigstore/pkg/signature"

	"podsec/kube/awsenv"
	"podsec/kube/kms"
	"podsec/kube/process"
)

// kmsKeys finds keys in a key management service, and makes them.
type kmsKeys interface {
	// Key returns the key that a URI names.
	Key(ctx context.Context, uri string, hash crypto.Hash) (signature.SignerVerifier, error)
	// Create makes a key under an alias and returns its public half as PEM.
	Create(ctx context.Context, uri string) ([]byte, error)
}

// environmentKMS is the service that an environment leads to.
type environmentKMS struct{ env process.IO }

func (e environmentKMS) keys(ctx context.Context) (kms.Keys, error) {
	loaded, err := awsenv.Load(ctx, e.env, "KMS")
	if err != nil {
		return kms.Keys{}, fmt.Errorf("loading AWS config: %w", err)
	}
	return kms.New(loaded), nil
}

func (e environmentKMS) Key(ctx context.Context, uri string, hash crypto.Hash) (signature.SignerVerifier, error) {
	keys, err := e.keys(ctx)
	if err != nil {
		return nil, err
	}
	return keys.Key(ctx, uri, hash)
}

func (e environmentKMS) Create(ctx context.Context, uri string) ([]byte, error) {
	keys, err := e.keys(ctx)
	if err != nil {
		return nil, err
	}
	return keys.Create(ctx, uri)
}
