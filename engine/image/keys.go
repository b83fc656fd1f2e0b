package image

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/secure-systems-lab/go-securesystemslib/encrypted"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
	sigoptions "github.com/sigstore/sigstore/pkg/signature/options"
)

// The PEM types of encrypted private keys: the one that is written, and cosign's older one.
const (
	privateKeyType    = "ENCRYPTED SIGSTORE PRIVATE KEY"
	oldPrivateKeyType = "ENCRYPTED COSIGN PRIVATE KEY"
)

// KeyPair is a pair of keys as PEM; the private one is encrypted as cosign does.
type KeyPair struct {
	Private, Public []byte
}

// GenerateKeyPair makes an ECDSA P-256 key pair.
func GenerateKeyPair(password []byte) (*KeyPair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generate key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("x509 encoding private key: %w", err)
	}
	sealed, err := encrypted.Encrypt(der, password)
	if err != nil {
		return nil, fmt.Errorf("encrypt private key: %w", err)
	}
	public, err := cryptoutils.MarshalPublicKeyToPEM(key.Public())
	if err != nil {
		return nil, fmt.Errorf("write public key: %w", err)
	}
	return &KeyPair{Private: pem.EncodeToMemory(&pem.Block{Type: privateKeyType, Bytes: sealed}), Public: public}, nil
}

// LoadPrivateKey decrypts a private key.
func LoadPrivateKey(key, password []byte) (signature.SignerVerifier, error) {
	block, _ := pem.Decode(key)
	if block == nil {
		return nil, errors.New("invalid pem block")
	}
	if block.Type != privateKeyType && block.Type != oldPrivateKeyType {
		return nil, fmt.Errorf("unsupported pem type: %s", block.Type)
	}
	der, err := encrypted.Decrypt(block.Bytes, password)
	if err != nil {
		return nil, fmt.Errorf("decrypt: %w", err)
	}
	private, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("parsing private key: %w", err)
	}
	return signature.LoadDefaultSignerVerifier(private, sigoptions.WithED25519ph())
}

// LoadPublicKey reads a public key as PEM; hash is the function it is used with.
func LoadPublicKey(key []byte, hash crypto.Hash) (signature.Verifier, error) {
	public, err := cryptoutils.UnmarshalPEMToPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("pem to public key: %w", err)
	}
	return signature.LoadVerifier(public, hash)
}
