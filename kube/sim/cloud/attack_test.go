package cloud_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/sigstore/sigstore/pkg/signature"

	"podsec/engine/image"
)

// on is the world for a part of a test.
func (w *world) on(t testing.TB) *world {
	part := *w
	part.TB = t
	return &part
}

// stranger makes a key that nobody knows.
func (w *world) stranger() signature.SignerVerifier {
	w.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	w.must(err)
	key, err := signature.LoadSignerVerifier(private, crypto.SHA256)
	w.must(err)
	return key
}

// steal takes the signatures of one image to another; change is applied to what was signed.
func (w *world) steal(from, to name.Digest, change func([]byte) []byte) {
	w.Helper()
	signatures, err := w.registry().Attached(w.Context(), from)
	w.must(err)
	for _, s := range signatures {
		s.Payload = change(s.Payload)
		w.must(w.registry().Attach(w.Context(), to, s))
	}
}

func (w *world) attest(digest name.Digest, key signature.SignerVerifier, formats image.Format) {
	w.Helper()
	statement, err := image.NewStatement(digest, "custom", []byte("scanned"), time.Date(2026, 1, 15, 3, 0, 0, 0, time.UTC))
	w.must(err)
	w.must((&image.Signer{Registry: w.registry(), Key: key, Formats: formats}).Attest(w.Context(), digest, statement))
}

// disable disables the key.
func (w *world) disable() {
	w.Helper()
	client, name := kms.NewFromConfig(w.Account.Config()), strings.TrimPrefix(alias, "awskms:///")
	key, err := client.DescribeKey(w.Context(), &kms.DescribeKeyInput{KeyId: &name})
	w.must(err)
	_, err = client.DisableKey(w.Context(), &kms.DisableKeyInput{KeyId: key.KeyMetadata.KeyId})
	w.must(err)
}

const (
	invalid   = "no matching signatures: invalid signature when validating ASN.1 encoded signature"
	unmatched = "sigstore bundle verification failed: no matching signatures found"
)

// attacks are what is tried after a good image was signed in its tag. Some need the ones before them.
var attacks = []struct {
	name  string
	entry string
	given func(w *world, good name.Digest) (reference string, digest name.Digest)
	want  string // after ".attestors[0].entries[0].keys: ", "" for an image that is admitted; GOOD is the signed digest
}{
	{"other key", byTheTeam, func(w *world, good name.Digest) (string, name.Digest) {
		digest := w.push("other-key")
		w.sign(digest, w.stranger(), image.Tags)
		return team + ":other-key", digest
	}, invalid},
	{"copied", byTheTeam, func(w *world, good name.Digest) (string, name.Digest) {
		digest := w.push("copied")
		w.steal(good, digest, func(payload []byte) []byte { return payload })
		return team + ":copied", digest
	}, "no matching signatures: invalid or missing digest in claim: GOOD"},
	{"edited", byTheTeam, func(w *world, good name.Digest) (string, name.Digest) {
		digest := w.push("edited")
		w.steal(good, digest, func(payload []byte) []byte {
			return bytes.ReplaceAll(payload, []byte(good.DigestStr()), []byte(digest.DigestStr()))
		})
		return team + ":edited", digest
	}, invalid},
	{"renamed", byTheTeam, func(w *world, good name.Digest) (string, name.Digest) {
		w.repository("payments")
		reference := strings.Replace(team, "/team", "/payments", 1) + ":v1"
		w.must(w.registry().Copy(w.Context(), w.tag(team+":good"), w.tag(reference), image.Copying{}))
		return reference, w.tag(reference).Context().Digest(good.DigestStr())
	}, ""},
	{"renamed, and asked what for", "attestors: [{entries: [{annotations: {repository: payments}, keys: {key}}]}]", func(w *world, good name.Digest) (string, name.Digest) {
		return strings.Replace(team, "/team", "/payments", 1) + ":v1", good
	}, "no signature matched the required annotations"},
	{"bundle for a tag", byTheTeam, func(w *world, good name.Digest) (string, name.Digest) {
		digest := w.push("bundled")
		w.sign(digest, w.key, image.Bundle)
		return team + ":bundled", digest
	}, "no signatures found"},
	{"bundle", "type: SigstoreBundle\n" + byTheTeam, func(w *world, good name.Digest) (string, name.Digest) {
		digest, err := w.registry().Resolve(w.Context(), w.tag(team+":bundled"))
		w.must(err)
		return team + ":bundled", digest
	}, ""},
	{"tag for a bundle", "type: SigstoreBundle\n" + byTheTeam, func(w *world, good name.Digest) (string, name.Digest) { return team + ":good", good }, unmatched},
	{"bundle of another key", "type: SigstoreBundle\n" + byTheTeam, func(w *world, good name.Digest) (string, name.Digest) {
		digest := w.push("strange-bundle")
		w.sign(digest, w.stranger(), image.Bundle)
		return team + ":strange-bundle", digest
	}, unmatched},
	{"attestation in a tag", byTheTeam, func(w *world, good name.Digest) (string, name.Digest) {
		digest := w.push("attested")
		w.attest(digest, w.key, image.Tags)
		return team + ":attested", digest
	}, "no signatures found"},
	{"attestation in a bundle", "type: SigstoreBundle\n" + byTheTeam, func(w *world, good name.Digest) (string, name.Digest) {
		digest := w.push("scanned")
		w.attest(digest, w.key, image.Bundle)
		return team + ":scanned", digest
	}, ""},
}

// TestAttacks: what is caught, with Kyverno's words, and what Kyverno lets through.
func TestAttacks(t *testing.T) {
	w := newWorld(t)
	good := w.push("good")
	w.sign(good, w.key, image.Tags)
	for _, test := range attacks {
		t.Run(test.name, func(t *testing.T) {
			w := w.on(t)
			w.apply("useCache: false\n" + test.entry)
			reference, digest := test.given(w, good)
			pod := strings.ReplaceAll(strings.ReplaceAll(test.name, ",", ""), " ", "-")
			if test.want == "" {
				w.admitted(pod, reference, digest)
				return
			}
			w.denied(pod, reference, "failed to verify image "+reference+": .attestors[0].entries[0].keys: "+strings.ReplaceAll(test.want, "GOOD", good.DigestStr()))
		})
	}
}

// TestAttestationIsNoSignature: asked for the type of a signature, Kyverno takes no other attestation for one.
func TestAttestationIsNoSignature(t *testing.T) {
	w := newWorld(t)
	w.apply("type: SigstoreBundle\nattestations: [{type: https://sigstore.dev/cosign/sign/v1, attestors: [{entries: [{keys: {key}}]}]}]")
	w.attest(w.push("scanned"), w.key, image.Bundle)
	w.denied("scanned", team+":scanned", "image attestations verification failed, verifiedCount: 0, requiredCount: 1, error: "+unmatched)
	digest := w.push("signed")
	w.sign(digest, w.key, image.Bundle)
	w.admitted("signed", team+":signed", digest)
}

// TestDisabledKey: a key that is disabled signs nothing more, but what it signed is admitted until KMS is asked for it.
func TestDisabledKey(t *testing.T) {
	w := newWorld(t)
	digest := w.push("v1")
	w.sign(digest, w.key, image.Tags)
	w.apply("useCache: false\nattestors: [{entries: [{keys: {kms}}]}]")
	w.admitted("enabled", team+":v1", digest)
	w.disable()
	if err := (&image.Signer{Registry: w.registry(), Key: w.key}).Sign(t.Context(), w.push("v2"), nil); err == nil || !strings.Contains(err.Error(), "DisabledException") {
		t.Errorf("signed with a disabled key: %v", err)
	}
	_, err := w.run("asked", team+":v1")
	if err == nil || !strings.Contains(err.Error(), "no matching signatures: getting public key: operation error KMS: GetPublicKey, ") ||
		!strings.Contains(err.Error(), " is disabled.") {
		t.Errorf("admitted with a disabled key: %v", err)
	}
	w.apply("useCache: false\n" + byTheTeam)
	w.admitted("remembered", team+":v1", digest)
}

// TestManyAtOnce: two hundred pods with signed images of different tags each get the digest of their own.
func TestManyAtOnce(t *testing.T) {
	w := newWorld(t)
	w.apply(byTheTeam)
	digests := make([]name.Digest, 5)
	for i := range digests {
		digests[i] = w.push(fmt.Sprintf("v%d", i))
		w.sign(digests[i], w.key, image.Tags)
	}
	var all sync.WaitGroup
	for n := range 200 {
		all.Go(func() {
			i := n % len(digests)
			tag := fmt.Sprintf("%s:v%d", team, i)
			created, err := w.run(fmt.Sprintf("pod-%d", n), tag)
			if err != nil {
				t.Errorf("pod-%d: %v", n, err)
				return
			}
			if got, want := imageOf(created), tag+"@"+digests[i].DigestStr(); got != want {
				t.Errorf("pod-%d: image %s, want %s", n, got, want)
			}
		})
	}
	all.Wait()
}

// BenchmarkAdmission is what creating a pod with a signed image costs, from the client to the store, without the cache.
func BenchmarkAdmission(b *testing.B) {
	for form, entry := range map[image.Format]string{image.Tags: byTheTeam, image.Bundle: "type: SigstoreBundle\n" + byTheTeam} {
		b.Run(map[image.Format]string{image.Tags: "tag", image.Bundle: "bundle"}[form], func(b *testing.B) {
			w := newWorld(b)
			w.sign(w.push("v1"), w.key, form)
			w.apply("useCache: false\n" + entry)
			for n := 0; b.Loop(); n++ {
				if _, err := w.run(fmt.Sprintf("pod-%d", n), team+":v1"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSign is what a signature with a key of the account costs, with its way to the registry.
func BenchmarkSign(b *testing.B) {
	w := newWorld(b)
	digests := w.push("v1")
	for b.Loop() {
		w.sign(digests, w.key, image.Bundle)
	}
}
