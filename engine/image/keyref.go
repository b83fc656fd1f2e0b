package image

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"strings"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
)

// Secrets reads Secrets, for keys that are named as k8s://namespace/name.
type Secrets interface {
	// Secret returns a Secret's data, or an error in the API server's words.
	Secret(ctx context.Context, namespace, name string) (map[string][]byte, error)
}

// KMS finds keys that a key management service keeps.
type KMS interface {
	// Key returns the key that a URI names ("awskms:///alias/name"); hash is the function it is used with.
	Key(ctx context.Context, uri string, hash crypto.Hash) (signature.SignerVerifier, error)
}

// Keys finds keys by reference. What is nil cannot be used.
type Keys struct {
	Secrets Secrets
	KMS     KMS
}

// secretScheme begins the references of keys in Secrets.
const secretScheme = "k8s://"

// Public returns the public key that a reference names, in a Secret or in a key management service.
func (k Keys) Public(ctx context.Context, reference string, hash crypto.Hash) (signature.Verifier, error) {
	if !strings.HasPrefix(reference, secretScheme) {
		return k.Private(ctx, reference, hash)
	}
	data, err := k.secret(ctx, reference)
	if err != nil {
		return nil, err
	}
	public, err := cryptoutils.UnmarshalPEMToPublicKey(data["cosign.pub"])
	if err != nil {
		return nil, err
	}
	return signature.LoadVerifier(public, hash)
}

// Private returns the key that a reference names, to sign with.
func (k Keys) Private(ctx context.Context, reference string, hash crypto.Hash) (signature.SignerVerifier, error) {
	if strings.HasPrefix(reference, secretScheme) {
		data, err := k.secret(ctx, reference)
		if err != nil {
			return nil, err
		}
		return LoadPrivateKey(data["cosign.key"], data["cosign.password"])
	}
	if k.KMS == nil {
		return nil, errors.New("there is no key management service here")
	}
	return k.KMS.Key(ctx, reference, hash)
}

func (k Keys) secret(ctx context.Context, reference string) (map[string][]byte, error) {
	namespace, name, ok := strings.Cut(strings.TrimPrefix(reference, secretScheme), "/")
	if !ok || strings.Contains(name, "/") {
		return nil, errors.New("kubernetes specification should be in the format k8s://<namespace>/<secret>")
	}
	if k.Secrets == nil {
		return nil, errors.New("new for config: there is no cluster here")
	}
	data, err := k.Secrets.Secret(ctx, namespace, name)
	if err != nil {
		return nil, fmt.Errorf("checking if secret exists: %w", err)
	}
	return data, nil
}
