package image

import (
	"context"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/payload"

	"podsec/engine"
)

// Verifier verifies images for policies, as Kyverno's cosign verifier does. It implements engine.ImageVerifier and is
// safe for concurrent use.
type Verifier struct {
	Registry Registry
	Keys     Keys
	// Logs loads what is needed to ask the transparency logs; its error is that of a check which does not ignore them.
	// Nil has it: then the logs are asked and know none of the signatures.
	Logs func(ctx context.Context) error
}

var _ engine.ImageVerifier = (*Verifier)(nil)

// hashes are the hash functions that policies name.
var hashes = map[string]crypto.Hash{
	"": crypto.SHA256, "sha224": crypto.SHA224, "sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512,
}

// Digest implements engine.ImageVerifier.
func (v *Verifier) Digest(ctx context.Context, image string) (string, error) {
	ref, err := v.Registry.Parse(image)
	if err != nil {
		return "", err
	}
	found, err := remote.Get(ref, v.Registry.options(ctx)...)
	if err != nil {
		return "", err
	}
	return found.Digest.String(), nil
}

// VerifySignature implements engine.ImageVerifier.
func (v *Verifier) VerifySignature(ctx context.Context, check engine.ImageCheck) (engine.ImageEvidence, error) {
	if check.Bundle {
		return v.verifyBundles(ctx, check)
	}
	ref, err := v.Registry.Parse(check.Image)
	if err != nil {
		return engine.ImageEvidence{}, fmt.Errorf("failed to parse image %s", check.Image)
	}
	registry, accept, err := v.prepare(ctx, check)
	if err != nil {
		return engine.ImageEvidence{}, err
	}
	report, err := registry.VerifySignatures(ctx, ref, accept)
	evidence := evidenceOf(report)
	if err != nil {
		return evidence, err
	}
	claims, err := claimsOf(report)
	if err != nil {
		return evidence, err
	}
	if err := annotated(claims, check.Annotations); err != nil {
		return evidence, err
	}
	evidence.Digest = claims[0].Critical.Image.DockerManifestDigest
	if evidence.Digest == "" {
		return evidence, fmt.Errorf("failed to extract image digest from signature payload for %s", check.Image)
	}
	return evidence, nil
}

// VerifyAttestations implements engine.ImageVerifier. Attestations of all types are returned; those in tags do not say
// which digest they are of.
func (v *Verifier) VerifyAttestations(ctx context.Context, check engine.ImageCheck) (engine.ImageEvidence, error) {
	if check.Bundle {
		return v.verifyBundles(ctx, check)
	}
	registry, accept, err := v.prepare(ctx, check)
	if err != nil {
		return engine.ImageEvidence{}, err
	}
	ref, err := v.Registry.Parse(check.Image)
	if err != nil {
		return engine.ImageEvidence{}, fmt.Errorf("failed to parse image: %w", err)
	}
	report, err := registry.VerifyAttestations(ctx, ref, accept)
	evidence := evidenceOf(report)
	if err != nil {
		if strings.Contains(err.Error(), "MANIFEST_UNKNOWN: manifest unknown") {
			err = errors.New("not found")
		}
		return evidence, err
	}
	claims, err := claimsOf(report)
	if err != nil {
		return evidence, err
	}
	if err := annotated(claims, check.Annotations); err != nil {
		return evidence, err
	}
	evidence.Statements, err = statementsOf(report.Accepted())
	return evidence, err
}

// prepare makes what a check asks for into what the registry is asked. Its errors are those of Kyverno's options.
func (v *Verifier) prepare(ctx context.Context, check engine.ImageCheck) (Registry, Check, error) {
	key, err := v.key(ctx, check)
	if err != nil {
		return Registry{}, Check{}, err
	}
	if !check.IgnoreTlog && check.RekorKey == "" {
		if err := v.loadLogs(ctx); err != nil {
			return Registry{}, Check{}, fmt.Errorf("failed to load Rekor public keys: %w", err)
		}
	}
	if !check.IgnoreSCT && check.CTLogKey == "" {
		if err := v.loadLogs(ctx); err != nil {
			return Registry{}, Check{}, fmt.Errorf("failed to load CTLogs public keys: %w", err)
		}
	}
	registry := v.Registry
	if check.Repository != "" {
		repository, err := name.NewRepository(check.Repository, v.Registry.Names...)
		if err != nil {
			return Registry{}, Check{}, fmt.Errorf("failed to parse signature repository %s: %w", check.Repository, err)
		}
		registry = registry.In(repository)
	}
	return registry, Check{Key: key, IgnoreTlog: check.IgnoreTlog}, nil
}

func (v *Verifier) loadLogs(ctx context.Context) error {
	if v.Logs == nil {
		return nil
	}
	return v.Logs(ctx)
}

// What is not verified, because it cannot be without a network or is not cosign's.
var (
	errKeyless = errors.New("keyless signatures are not verified here: their certificates and logs can only be checked online; use keys")
	errNotary  = errors.New("type Notary is not verified here; use type Cosign or SigstoreBundle")
	errChain   = errors.New("certificates with a chain of authorities are not verified here; use keys, or a certificate without certChain")
)

// key is the key of an attestor.
func (v *Verifier) key(ctx context.Context, check engine.ImageCheck) (signature.Verifier, error) {
	hash, ok := hashes[check.SignatureAlgorithm]
	switch {
	case check.Notary:
		return nil, errNotary
	case !ok:
		return nil, fmt.Errorf("invalid signature algorithm provided %s", check.SignatureAlgorithm)
	case strings.HasPrefix(strings.TrimSpace(check.Key), "-----BEGIN PUBLIC KEY-----"):
		key, err := LoadPublicKey([]byte(check.Key), hash)
		if err != nil {
			return nil, fmt.Errorf("failed to load public key from PEM: %w", err)
		}
		return key, nil
	case check.Key != "":
		key, err := v.Keys.Public(ctx, check.Key, hash)
		if err != nil {
			return nil, fmt.Errorf("failed to load public key from %s: %w", check.Key, err)
		}
		return key, nil
	case check.CertificateChain != "":
		return nil, errChain
	case check.Certificate != "":
		return certificateKey(check.Certificate, hash)
	}
	return nil, errKeyless
}

// certificateKey is the key that a certificate without a chain stands for; nobody vouches for it.
func certificateKey(text string, hash crypto.Hash) (signature.Verifier, error) {
	content := []byte(text)
	if decoded, err := base64.StdEncoding.DecodeString(text); err == nil {
		content = decoded
	}
	certs, err := cryptoutils.UnmarshalCertificatesFromPEM(content)
	if err == nil && len(certs) == 0 {
		err = errors.New("no certs found in pem file")
	}
	if err != nil {
		return nil, fmt.Errorf("failed to load certificate from %s: %w", text, err)
	}
	key, err := signature.LoadVerifier(certs[0].PublicKey, hash)
	if err != nil {
		return nil, fmt.Errorf("failed to load signature from certificate: %w", err)
	}
	return key, nil
}

// claimsOf reads the payloads of accepted signatures. An envelope is read as an empty claim, as Kyverno does.
func claimsOf(report *Report) ([]payload.SimpleContainerImage, error) {
	var claims []payload.SimpleContainerImage
	for _, s := range report.Accepted() {
		var claim payload.SimpleContainerImage
		if err := json.Unmarshal(s.Payload, &claim); err != nil {
			return nil, fmt.Errorf("error decoding the payload: %w", err)
		}
		claims = append(claims, claim)
	}
	return claims, nil
}

// annotated wants one signature that has all annotations.
func annotated(claims []payload.SimpleContainerImage, wanted map[string]string) error {
	if len(wanted) == 0 {
		return nil
	}
	for _, claim := range claims {
		all := true
		for key, value := range wanted {
			all = all && claim.Optional[key] == value
		}
		if all {
			return nil
		}
	}
	return errors.New("no signature matched the required annotations")
}
