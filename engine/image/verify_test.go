package image_test

import (
	"context"
	"errors"
	"regexp"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"

	"podsec/engine/image"
)

// attack is something done to a registry; it returns the image to verify.
type attack func(w *world) name.Reference

// The attacks, each for both forms of signatures.
func attacks() map[string]attack {
	return map[string]attack{
		"signed": func(w *world) name.Reference {
			w.sign(w.push("app:v1"), "a", 0)
			return w.tag("app:v1")
		},
		"unsigned": func(w *world) name.Reference {
			w.push("app:v1")
			return w.tag("app:v1")
		},
		"no image": func(w *world) name.Reference { return w.tag("app:v1") },
		"other key": func(w *world) name.Reference {
			w.sign(w.push("app:v1"), "b", 0)
			return w.tag("app:v1")
		},
		"tag moved": func(w *world) name.Reference {
			w.sign(w.push("app:v1"), "a", 0)
			w.push("app:v1")
			return w.tag("app:v1")
		},
		"replayed": func(w *world) name.Reference {
			signed, other := w.push("app:v1"), w.push("app:v2")
			w.sign(signed, "a", 0)
			w.replay(signed, other)
			return other
		},
		"tampered": func(w *world) name.Reference {
			signed, other := w.push("app:v1"), w.push("app:v2")
			w.sign(signed, "a", 0)
			w.tamper(signed, other)
			return other
		},
		"wrong repository": func(w *world) name.Reference {
			signed := w.push("app:v1")
			w.sign(signed, "a", 0)
			return w.rename(signed, "evil:v1")
		},
		"attestation only": func(w *world) name.Reference {
			w.attest(w.push("app:v1"), "a", 0, "custom", "hello")
			return w.tag("app:v1")
		},
	}
}

// TestVerify pins what is accepted, and the texts of what is not.
func TestVerify(t *testing.T) {
	tests := []struct {
		attack        string
		tags, bundles string // the error, as a regular expression; empty for none
		reason        [2]image.Reason
	}{
		{attack: "signed"},
		{"unsigned", `^no signatures found$`, `^no valid bundles exist in registry$`, [2]image.Reason{image.NoSignatures, image.NoMatchingAttestation}},
		{"no image", `^image tag not found: GET http://.*/v2/app/manifests/v1: NAME_UNKNOWN: Unknown name$`,
			`^image tag not found: `, [2]image.Reason{image.NoImage, image.NoImage}},
		{"other key", `^no matching signatures: invalid signature when validating ASN.1 encoded signature$`,
			`^no matching attestations: failed to verify signature: could not verify envelope: accepted signatures do not match threshold, Found: 0, Expected 1$`,
			[2]image.Reason{image.NoMatchingSignature, image.NoMatchingAttestation}},
		{"tag moved", `^no signatures found$`, `^no valid bundles exist in registry$`, [2]image.Reason{image.NoSignatures, image.NoMatchingAttestation}},
		{"replayed", `^no matching signatures: invalid or missing digest in claim: sha256:[0-9a-f]{64}$`,
			`^no matching attestations: failed to verify signature: provided artifact digest does not match any digest in statement$`,
			[2]image.Reason{image.NoMatchingSignature, image.NoMatchingAttestation}},
		{"tampered", `^no matching signatures: invalid signature when validating ASN.1 encoded signature$`,
			`could not verify envelope: accepted signatures do not match threshold`,
			[2]image.Reason{image.NoMatchingSignature, image.NoMatchingAttestation}},
		{attack: "wrong repository"},
		// A bundle that attests something is taken for a signature, as cosign and Kyverno do.
		{"attestation only", `^no signatures found$`, ``, [2]image.Reason{image.NoSignatures, 0}},
	}
	for _, test := range tests {
		t.Run(test.attack, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			ref := attacks()[test.attack](w)
			check := image.Check{Key: w.key("a").signer, IgnoreTlog: true}
			_, err := w.registry.VerifySignatures(context.Background(), ref, check)
			expect(t, "tag", err, test.tags, test.reason[0])
			_, err = w.registry.VerifyBundles(context.Background(), ref, check)
			expect(t, "bundle", err, test.bundles, test.reason[1])
		})
	}
}

// expect compares an error with a pattern and a reason.
func expect(t *testing.T, form string, err error, pattern string, reason image.Reason) {
	t.Helper()
	switch {
	case pattern == "" && err != nil:
		t.Errorf("%s: %v", form, err)
	case pattern != "" && err == nil:
		t.Errorf("%s: accepted, want %s", form, pattern)
	case pattern != "" && !regexp.MustCompile(pattern).MatchString(err.Error()):
		t.Errorf("%s: error\n%v\nwant\n%s", form, err, pattern)
	}
	if failed := (*image.NotVerified)(nil); errors.As(err, &failed) && failed.Reason != reason {
		t.Errorf("%s: reason %d, want %d", form, failed.Reason, reason)
	}
}

// TestVerifyClaims: what is signed beside the digest, and what may be left out.
func TestVerifyClaims(t *testing.T) {
	w := newWorld(t)
	digest := w.push("app:v1")
	signer := w.signer("a", 0)
	if err := signer.Sign(context.Background(), digest, map[string]any{"team": "web"}); err != nil {
		t.Fatal(err)
	}
	key := w.key("a").signer
	tests := []struct {
		name          string
		check         image.Check
		tags, bundles string
	}{
		{"annotations", image.Check{Key: key, IgnoreTlog: true, Annotations: map[string]any{"team": "web"}}, "", ""},
		{"other annotations", image.Check{Key: key, IgnoreTlog: true, Annotations: map[string]any{"team": "db"}},
			"missing or incorrect annotation", "missing or incorrect annotation"},
		{"without claims", image.Check{Key: key, IgnoreTlog: true, IgnoreClaims: true, Annotations: map[string]any{"team": "db"}}, "", ""},
		{"with log", image.Check{Key: key}, "^no matching signatures: signature not found in transparency log$",
			"failed to verify log inclusion: not enough verified log entries from transparency log: 0 < 1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := w.registry.VerifySignatures(context.Background(), digest, test.check)
			expect(t, "tag", err, test.tags, image.NoMatchingSignature)
			_, err = w.registry.VerifyBundles(context.Background(), digest, test.check)
			expect(t, "bundle", err, test.bundles, image.NoMatchingAttestation)
		})
	}
}

// TestVerifyOtherRepository: signatures may be kept in a repository of their own.
func TestVerifyOtherRepository(t *testing.T) {
	w := newWorld(t)
	digest := w.push("app:v1")
	elsewhere := w.registry.In(w.tag("signatures:x").Context())
	signer := w.signer("a", image.Tags)
	signer.Registry = elsewhere
	if err := signer.Sign(context.Background(), digest, nil); err != nil {
		t.Fatal(err)
	}
	check := image.Check{Key: w.key("a").signer, IgnoreTlog: true}
	_, err := w.registry.VerifySignatures(context.Background(), digest, check)
	expect(t, "beside the image", err, "^no signatures found$", image.NoSignatures)
	_, err = elsewhere.VerifySignatures(context.Background(), digest, check)
	expect(t, "in its repository", err, "", 0)
}

// TestWrongRepositoryIsSeen: nobody refuses a claim for another repository, but the report says so.
func TestWrongRepositoryIsSeen(t *testing.T) {
	w := newWorld(t)
	ref := attacks()["wrong repository"](w)
	report, err := w.registry.VerifySignatures(context.Background(), ref, image.Check{Key: w.key("a").signer, IgnoreTlog: true})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := report.Signatures[0].Claimed, w.host+"/app"; got != want {
		t.Errorf("claimed %q, want %q", got, want)
	}
}
