package image_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"

	"podsec/engine"
	"podsec/engine/image"
)

// certificate is a certificate for the key of a name, as PEM.
func (w *world) certificate(of string) string {
	w.t.Helper()
	public, err := w.key(of).signer.PublicKey()
	if err != nil {
		w.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	authority, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader) // nobody asks who vouches for it
	if err != nil {
		w.t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, authority)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// TestVerifierChecks pins the errors of what a policy asks for, before anything is looked at, and what they are for
// signatures and bundles. what is changed is a check that holds.
func TestVerifierChecks(t *testing.T) {
	w := newWorld(t)
	w.sign(w.push("app:v1"), "a", 0)
	verifier := &image.Verifier{
		Registry: w.registry, Keys: image.Keys{Secrets: secrets{"keys/broken": {"cosign.pub": []byte("x")}}},
		Logs: func(context.Context) error { return errors.New("no way out") },
	}
	for _, test := range []struct {
		name          string
		change        func(*engine.ImageCheck)
		tags, bundles string // the error, as a regular expression; empty for none
	}{
		{"nothing", func(*engine.ImageCheck) {}, "", ""},
		{"certificate", func(c *engine.ImageCheck) { c.Key, c.Certificate = "", w.certificate("a") }, "", "keyless signatures are not verified here"},
		{"certificate in base64", func(c *engine.ImageCheck) {
			c.Key, c.Certificate = "", base64.StdEncoding.EncodeToString([]byte(w.certificate("a")))
		}, "", "keyless signatures"},
		{"certificate of another key", func(c *engine.ImageCheck) { c.Key, c.Certificate = "", w.certificate("b") },
			"^no matching signatures: invalid signature when validating ASN.1 encoded signature$", "keyless signatures"},
		{"no certificate", func(c *engine.ImageCheck) { c.Key, c.Certificate = "", "x" }, "^failed to load certificate from x: ", "keyless signatures"},
		{"chain", func(c *engine.ImageCheck) { c.Key, c.CertificateChain = "", w.certificate("a") },
			"^certificates with a chain of authorities are not verified here; ", "keyless signatures"},
		{"keyless", func(c *engine.ImageCheck) { c.Key, c.Keyless = "", true }, "^keyless signatures are not verified here: ",
			"^failed to get trusted material: .*/app:v1: keyless signatures"},
		{"Notary", func(c *engine.ImageCheck) { c.Notary = true }, "^type Notary is not verified here; ", ": type Notary is not verified here; "},
		{"algorithm", func(c *engine.ImageCheck) { c.SignatureAlgorithm = "md5" }, "^invalid signature algorithm provided md5$",
			`: unsupported signature algorithm "md5"$`},
		{"other algorithm", func(c *engine.ImageCheck) { c.SignatureAlgorithm = "sha512" },
			"^no matching signatures: invalid signature when validating ASN.1 encoded signature$", "no matching signatures found$"},
		{"log", func(c *engine.ImageCheck) { c.IgnoreTlog = false }, "^failed to load Rekor public keys: no way out$",
			"^failed to get trusted material: .*/app:v1: initializing tuf: no way out$"},
		{"log with its key", func(c *engine.ImageCheck) { c.IgnoreTlog, c.RekorKey = false, "x" },
			"^no matching signatures: signature not found in transparency log$", ": initializing tuf: no way out$"},
		{"certificate log", func(c *engine.ImageCheck) { c.IgnoreSCT = false }, "^failed to load CTLogs public keys: no way out$",
			": initializing tuf: no way out$"},
		{"repository", func(c *engine.ImageCheck) { c.Repository = w.host + "/signatures" }, "^no signatures found$", ""},
		{"wrong repository", func(c *engine.ImageCheck) { c.Repository = "UPPER" }, "^failed to parse signature repository UPPER: ", ""},
		{"wrong reference", func(c *engine.ImageCheck) { c.Image = "UPPER" }, "^failed to parse image UPPER$", "^failed to parse image reference: UPPER: "},
		{"no image", func(c *engine.ImageCheck) { c.Image = w.host + "/none" }, "^image tag not found: ", "^failed to fetch bundles: .*/none: "},
		{"key of a broken Secret", func(c *engine.ImageCheck) { c.Key = "k8s://keys/broken" },
			"^failed to load public key from k8s://keys/broken: PEM decoding failed$", ": failed to load public key: PEM decoding failed$"},
		{"key of a service that is not there", func(c *engine.ImageCheck) { c.Key = "awskms:///alias/x" },
			"^failed to load public key from awskms:///alias/x: there is no key management service here$", "there is no key management service here$"},
	} {
		t.Run(test.name, func(t *testing.T) {
			check := engine.ImageCheck{Image: w.host + "/app:v1", Key: w.key("a").pem, IgnoreTlog: true, IgnoreSCT: true}
			test.change(&check)
			_, err := verifier.VerifySignature(t.Context(), check)
			expect(t, "tag", err, test.tags, reasonOf(err))
			check.Bundle = true
			_, err = verifier.VerifySignature(t.Context(), check)
			expect(t, "bundle", err, test.bundles, reasonOf(err))
		})
	}
}

// reasonOf is the reason of an error, which is not looked at here.
func reasonOf(err error) image.Reason {
	failed := (*image.NotVerified)(nil)
	if errors.As(err, &failed) {
		return failed.Reason
	}
	return 0
}

// TestKeyReferences pins what is said of references that lead to no key.
func TestKeyReferences(t *testing.T) {
	pair, err := image.GenerateKeyPair([]byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	whole := image.Keys{Secrets: secrets{
		"keys/pair":  {"cosign.key": pair.Private, "cosign.pub": pair.Public, "cosign.password": []byte("secret")},
		"keys/wrong": {"cosign.key": pair.Private, "cosign.pub": pair.Public, "cosign.password": []byte("guess")},
		"keys/empty": {},
	}}
	for _, test := range []struct {
		keys            image.Keys
		reference       string
		public, private string
	}{
		{whole, "k8s://keys/pair", "", ""},
		{whole, "k8s://keys/wrong", "", "^decrypt: encrypted: decryption failed$"},
		{whole, "k8s://keys/empty", "^PEM decoding failed$", "^invalid pem block$"},
		{whole, "k8s://keys/none", `^checking if secret exists: secrets "none" not found$`, `^checking if secret exists: `},
		{whole, "k8s://keys", "^kubernetes specification should be in the format k8s://<namespace>/<secret>$", "^kubernetes specification"},
		{whole, "k8s://keys/pair/x", "^kubernetes specification", "^kubernetes specification"},
		{image.Keys{}, "k8s://keys/pair", "^new for config: there is no cluster here$", "^new for config: there is no cluster here$"},
		{image.Keys{KMS: service{}}, "awskms:///alias/x", "^NotFoundException: awskms:///alias/x$", "^NotFoundException: "},
	} {
		_, err := test.keys.Public(t.Context(), test.reference, crypto.SHA256)
		expect(t, test.reference+", public", err, test.public, 0)
		_, err = test.keys.Private(t.Context(), test.reference, crypto.SHA256)
		expect(t, test.reference+", private", err, test.private, 0)
	}
}

// TestTooManyReferrers: Kyverno gives up on an image with more than fifty.
func TestTooManyReferrers(t *testing.T) {
	w := newWorld(t)
	digest := w.push("app:v1")
	for range 51 {
		w.sign(digest, "a", image.Bundle)
	}
	verifier := &image.Verifier{Registry: w.registry}
	_, err := verifier.VerifySignature(t.Context(), engine.ImageCheck{Image: w.host + "/app:v1", Bundle: true, Key: w.key("a").pem, IgnoreTlog: true, IgnoreSCT: true})
	expect(t, "bundle", err, "^failed to fetch bundles: .*/app:v1: failed to fetch referrers: too many referrers found, max limit is 50$", 0)
}

// TestEvidence: what was looked at is told, with the name of the repository that a signature was made for.
func TestEvidence(t *testing.T) {
	w := newWorld(t)
	ref := attacks()["wrong repository"](w)
	w.attest(w.push("app:v2"), "a", image.Bundle, "custom", "hello")
	verifier := &image.Verifier{Registry: w.registry}
	for name, test := range map[string]struct {
		image  string
		bundle bool
		note   string
	}{
		"claimed":     {ref.String(), false, "signed as " + w.host + "/app, which is not this repository"},
		"attestation": {w.host + "/app:v2", true, "says https://cosign.sigstore.dev/attestation/v1"},
	} {
		found, err := verifier.VerifySignature(t.Context(), engine.ImageCheck{Image: test.image, Bundle: test.bundle, Key: w.key("a").pem, IgnoreTlog: true, IgnoreSCT: true})
		if err != nil || len(found.Signatures) != 1 || !found.Signatures[0].OK || !strings.HasPrefix(found.Signatures[0].Note, test.note) {
			t.Errorf("%s: %+v, %v", name, found.Signatures, err)
		}
	}
}
