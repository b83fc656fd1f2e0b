package kms

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
	awskms "github.com/sigstore/sigstore/pkg/signature/kms/aws"
)

// Keys finds keys. It is safe for concurrent use.
//
// It is not sigstore's own provider because that reads the environment of the process, which must not lead the
// simulated cluster to another account. References and algorithms are the provider's.
type Keys struct{ config aws.Config }

// New makes Keys that reach the service by a configuration of the SDK.
func New(config aws.Config) Keys { return Keys{config} }

// Key returns the key that a URI names, to sign and to verify with. Nothing is asked of the service before the key is
// used, and nothing is kept: a key that was disabled cannot be used from then on. hash is what messages are hashed with.
func (k Keys) Key(ctx context.Context, uri string, hash crypto.Hash) (signature.SignerVerifier, error) {
	return k.find(ctx, uri, hash)
}

// Create makes a key for signing (ECC_NIST_P256) under the alias that a URI names, unless that exists already. It
// returns the public half as PEM.
func (k Keys) Create(ctx context.Context, uri string) ([]byte, error) {
	found, err := k.find(ctx, uri, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(found.id, "alias/") {
		return nil, errors.New("must use alias key format")
	}
	_, err = found.client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &found.id})
	if absent := (*types.NotFoundException)(nil); errors.As(err, &absent) {
		err = found.create(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("create key: %w", err)
	}
	public, err := found.PublicKey()
	if err != nil {
		return nil, err
	}
	return cryptoutils.MarshalPublicKeyToPEM(public)
}

// find makes a key of a URI ("awskms://[HOST]/KEY").
func (k Keys) find(ctx context.Context, uri string, hash crypto.Hash) (*key, error) {
	if !strings.HasPrefix(uri, awskms.ReferenceScheme) {
		return nil, fmt.Errorf("no KMS provider found for key reference: %s", uri)
	}
	if err := awskms.ValidReference(uri); err != nil {
		return nil, err
	}
	host, id, _, err := awskms.ParseReference(uri)
	if err != nil {
		return nil, err
	}
	client := kms.NewFromConfig(k.config, func(o *kms.Options) {
		if host != "" {
			o.BaseEndpoint = aws.String("https://" + host)
		}
	})
	return &key{ctx: ctx, client: client, id: id, hash: hash}, nil
}
