package engine

import "context"

// ImageVerifier checks the signatures of images. Its errors are Kyverno's texts; a registry that cannot be reached is
// an error that wraps a *net.OpError.
type ImageVerifier interface {
	// VerifySignature looks for a signature that the check accepts. Evidence is given with an error as well.
	VerifySignature(ctx context.Context, check ImageCheck) (ImageEvidence, error)
	// VerifyAttestations returns the statements of all attestations that the check accepts.
	VerifyAttestations(ctx context.Context, check ImageCheck) (ImageEvidence, error)
	// Digest returns the digest ("sha256:…") that an image reference names now.
	Digest(ctx context.Context, image string) (string, error)
}

// ImageCache remembers which images rules have verified (verifyImages.useCache).
type ImageCache interface {
	// Get says whether the key was set and has not expired.
	Get(key string) bool
	// Set remembers a key.
	Set(key string)
}

// ImageCheck says how one attestor wants an image to be signed. The fields are those of verifyImages, taken together
// from the entry and its attestor.
type ImageCheck struct {
	Image string // with registry and tag or digest
	// Bundle asks for sigstore bundles (type: SigstoreBundle) instead of cosign's tags.
	Bundle bool
	// Key is a PEM, "k8s://namespace/secret" or the URI of a key management service; empty for certificates and keyless.
	Key                string
	SignatureAlgorithm string // "sha256", …
	Certificate        string // PEM
	CertificateChain   string // PEM
	Keyless            bool
	Notary             bool
	Repository         string // where the signatures are, when not beside the image
	Annotations        map[string]string
	IgnoreTlog         bool   // rekor.ignoreTlog
	IgnoreSCT          bool   // ctlog.ignoreSCT
	RekorKey           string // rekor.pubkey
	CTLogKey           string // ctlog.pubkey
	// Type is the predicate type of the attestations that are asked for; empty for signatures.
	Type string
}

// ImageEvidence is what a check found.
type ImageEvidence struct {
	Digest     string           // of the image that is signed
	Statements []map[string]any // of accepted attestations: in-toto statements, "type" beside them
	Signatures []ImageSignature // everything that was looked at
}

// ImageSignature is one signature or attestation that was looked at.
type ImageSignature struct {
	Where string // the reference that holds it
	Form  string // "simple signing", "bundle" or "attestation"
	OK    bool
	Note  string // why it does not count, or what it is for
}
