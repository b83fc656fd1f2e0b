package aws

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"slices"
	"strings"
)

type publicKeyOutput struct {
	KeyId                 string //nolint:revive // AWS's name
	PublicKey             []byte
	CustomerMasterKeySpec string
	KeySpec               string
	KeyUsage              string
	SigningAlgorithms     []string
}

// getPublicKey returns the public half of a key, as DER.
func (a *Account) getPublicKey(c caller, in keyInput) (publicKeyOutput, error) {
	k, err := a.find(c, in.KeyId)
	if err != nil {
		return publicKeyOutput{}, err
	}
	if err := a.usable(c, k); err != nil {
		return publicKeyOutput{}, err
	}
	if k.signer == nil {
		return publicKeyOutput{}, refusal("UnsupportedOperationException", "%s key spec is %s which is not valid for GetPublicKey.", a.keyARN(c, k), k.spec)
	}
	der, err := x509.MarshalPKIXPublicKey(k.signer.Public())
	if err != nil {
		return publicKeyOutput{}, refusal("KMSInternalException", "%v", err)
	}
	return publicKeyOutput{a.keyARN(c, k), der, k.spec, k.spec, k.usage, specs[k.spec].algorithms}, nil
}

type signInput struct {
	KeyId            string //nolint:revive // AWS's name
	Message          []byte
	MessageType      string
	SigningAlgorithm string
	Signature        []byte
	DryRun           bool
}

type signOutput struct {
	KeyId            string //nolint:revive // AWS's name
	Signature        []byte
	SigningAlgorithm string
}

type verifyOutput struct {
	KeyId            string //nolint:revive // AWS's name
	SignatureValid   bool
	SigningAlgorithm string
}

// sign signs a message or its digest with a private key that no client ever sees.
func (a *Account) sign(c caller, in signInput) (signOutput, error) {
	k, digest, err := a.prepare(c, in, "Sign")
	if err != nil {
		return signOutput{}, err
	}
	signature, err := k.signer.Sign(rand.Reader, digest, signerOptions(in.SigningAlgorithm))
	if err != nil {
		return signOutput{}, refusal("KMSInternalException", "%v", err)
	}
	return signOutput{a.keyARN(c, k), signature, in.SigningAlgorithm}, nil
}

func (a *Account) verify(c caller, in signInput) (verifyOutput, error) {
	k, digest, err := a.prepare(c, in, "Verify")
	if err != nil {
		return verifyOutput{}, err
	}
	if !valid(k.signer.Public(), digest, in) {
		return verifyOutput{}, &apiError{Type: "KMSInvalidSignatureException"}
	}
	return verifyOutput{a.keyARN(c, k), true, in.SigningAlgorithm}, nil
}

// prepare checks what both operations check, and returns the key and the digest.
func (a *Account) prepare(c caller, in signInput, operation string) (*key, []byte, error) {
	k, err := a.find(c, in.KeyId)
	if err != nil {
		return nil, nil, err
	}
	if err := a.usable(c, k); err != nil {
		return nil, nil, err
	}
	hash, known := hashes[in.SigningAlgorithm]
	switch {
	case !known:
		return nil, nil, refusal("ValidationException", "1 validation error detected: Value '%s' at 'signingAlgorithm' failed to satisfy constraint: Member must satisfy enum value set", in.SigningAlgorithm)
	case k.usage != signVerify:
		return nil, nil, refusal("InvalidKeyUsageException", "%s key usage is %s which is not valid for %s.", a.keyARN(c, k), k.usage, operation)
	case !slices.Contains(specs[k.spec].algorithms, in.SigningAlgorithm):
		return nil, nil, refusal("InvalidKeyUsageException", "Algorithm %s is incompatible with key spec %s.", in.SigningAlgorithm, k.spec)
	case len(in.Message) == 0 || len(in.Message) > 4096:
		return nil, nil, refusal("ValidationException", "1 validation error detected: Value at 'message' failed to satisfy constraint: Member must have length between 1 and 4096")
	case in.MessageType == "DIGEST" && len(in.Message) != hash.Size():
		return nil, nil, refusal("ValidationException", "Digest is invalid length for algorithm %s.", in.SigningAlgorithm)
	case in.DryRun:
		return nil, nil, refusal("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
	case in.MessageType == "DIGEST":
		return k, in.Message, nil
	}
	h := hash.New()
	h.Write(in.Message)
	return k, h.Sum(nil), nil
}

// signerOptions are the options that an algorithm stands for.
func signerOptions(algorithm string) crypto.SignerOpts {
	if strings.HasPrefix(algorithm, "RSASSA_PSS") {
		return &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hashes[algorithm]}
	}
	return hashes[algorithm]
}

// valid verifies a signature.
func valid(public crypto.PublicKey, digest []byte, in signInput) bool {
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(k, digest, in.Signature)
	case *rsa.PublicKey:
		if pss, ok := signerOptions(in.SigningAlgorithm).(*rsa.PSSOptions); ok {
			return rsa.VerifyPSS(k, pss.Hash, digest, in.Signature, pss) == nil
		}
		return rsa.VerifyPKCS1v15(k, hashes[in.SigningAlgorithm], digest, in.Signature) == nil
	}
	return false
}
