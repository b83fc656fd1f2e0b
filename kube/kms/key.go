package kms

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/sigstore/sigstore/pkg/signature"
)

// key is a key of the service. It implements signature.SignerVerifier. Its errors have the texts of sigstore's provider, which
// end up in what cosign and Kyverno print.
type key struct {
	ctx    context.Context //nolint:containedctx // sigstore's interface passes one only as an option
	client *kms.Client
	id     string
	hash   crypto.Hash
}

// create makes the key and its alias.
func (k *key) create(ctx context.Context) error {
	made, err := k.client.CreateKey(ctx, &kms.CreateKeyInput{
		KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeSignVerify, Description: aws.String("Created by Sigstore"),
	})
	if err != nil {
		return err
	}
	_, err = k.client.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: &k.id, TargetKeyId: made.KeyMetadata.KeyId})
	return err
}

// PublicKey returns the public half.
func (k *key) PublicKey(...signature.PublicKeyOption) (crypto.PublicKey, error) {
	answer, err := k.client.GetPublicKey(k.ctx, &kms.GetPublicKeyInput{KeyId: &k.id})
	if err != nil {
		return nil, fmt.Errorf("getting public key: %w", err)
	}
	public, err := x509.ParsePKIXPublicKey(answer.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("parsing public key: %w", err)
	}
	return public, nil
}

// SignMessage has the service sign the hash of a message.
func (k *key) SignMessage(message io.Reader, _ ...signature.SignOption) ([]byte, error) {
	public, err := k.PublicKey()
	if err != nil {
		return nil, err
	}
	algorithm, err := algorithmFor(public, k.hash)
	if err != nil {
		return nil, err
	}
	digest := k.hash.New()
	if _, err := io.Copy(digest, message); err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	answer, err := k.client.Sign(k.ctx, &kms.SignInput{
		KeyId: &k.id, Message: digest.Sum(nil), MessageType: types.MessageTypeDigest, SigningAlgorithm: algorithm,
	})
	if err != nil {
		return nil, fmt.Errorf("signing with kms: %w", err)
	}
	return answer.Signature, nil
}

// algorithmFor is the service's name of what a key signs with; of RSA, sigstore uses PKCS #1 v1.5.
func algorithmFor(public crypto.PublicKey, hash crypto.Hash) (types.SigningAlgorithmSpec, error) {
	bits := hash.Size() * 8
	switch public.(type) {
	case *ecdsa.PublicKey:
		return types.SigningAlgorithmSpec(fmt.Sprintf("ECDSA_SHA_%d", bits)), nil
	case *rsa.PublicKey:
		return types.SigningAlgorithmSpec(fmt.Sprintf("RSASSA_PKCS1_V1_5_SHA_%d", bits)), nil
	}
	return "", fmt.Errorf("keys of type %T do not sign", public)
}

// VerifySignature verifies a signature here, with the public half.
func (k *key) VerifySignature(sig, message io.Reader, options ...signature.VerifyOption) error {
	public, err := k.PublicKey()
	if err != nil {
		return err
	}
	verifier, err := signature.LoadVerifier(public, k.hash)
	if err != nil {
		return fmt.Errorf("use public key: %w", err)
	}
	data, err := io.ReadAll(sig)
	if err != nil {
		return fmt.Errorf("read signature: %w", err)
	}
	return verifier.VerifySignature(bytes.NewReader(data), message, options...)
}
