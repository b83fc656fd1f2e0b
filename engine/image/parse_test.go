package image

import (
	"bytes"
	"context"
	"crypto"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// FuzzBundle: no bundle that a registry may hold makes a panic, and none is accepted that the key did not sign.
func FuzzBundle(f *testing.F) {
	pair, err := GenerateKeyPair(nil)
	if err != nil {
		f.Fatal(err)
	}
	key, err := LoadPublicKey(pair.Public, crypto.SHA256)
	if err != nil {
		f.Fatal(err)
	}
	const mediaType = `{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"`
	for _, seed := range []string{
		"", "{}", "null", mediaType + "}", mediaType + `,"verificationMaterial":{}}`,
		mediaType + `,"verificationMaterial":{"publicKey":{"hint":"x"}},"dsseEnvelope":{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"AA=="}]}}`,
		mediaType + `,"verificationMaterial":{"publicKey":{"hint":"x"}},"messageSignature":{"signature":"AA=="}}`,
		mediaType + `,"verificationMaterial":{"certificate":{"rawBytes":"AA=="}},"dsseEnvelope":{}}`,
	} {
		f.Add([]byte(seed))
	}
	digest, err := name.NewDigest("registry.example/app@sha256:0000000000000000000000000000000000000000000000000000000000000000")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := parseBundle(data)
		if err != nil {
			return
		}
		if s := (Check{Key: key, IgnoreTlog: true}).bundle(context.Background(), b, digest); s.Err == nil {
			t.Errorf("accepted %q", data)
		}
	})
}

// FuzzLayer: the same for what cosign's tags may hold.
func FuzzLayer(f *testing.F) {
	pair, err := GenerateKeyPair(nil)
	if err != nil {
		f.Fatal(err)
	}
	key, err := LoadPublicKey(pair.Public, crypto.SHA256)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"critical":{"image":{"docker-manifest-digest":"sha256:0"}},"optional":null}`), "AA==")
	f.Add([]byte(`{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"sig":"AA=="}]}`), "")
	f.Add([]byte("null"), "not base64")
	digest, err := name.NewDigest("registry.example/app@sha256:0000000000000000000000000000000000000000000000000000000000000000")
	if err != nil {
		f.Fatal(err)
	}
	check := Check{Key: key, IgnoreTlog: true}
	f.Fuzz(func(t *testing.T, data []byte, signature string) {
		l := layer{payload: data, annotations: map[string]string{signatureAnnotation: signature}}
		for _, s := range []Signature{
			check.claim(context.Background(), digest.Context().Tag("x"), digest, l),
			check.attestation(context.Background(), digest.Context().Tag("x"), digest, l),
		} {
			if s.Err == nil {
				t.Errorf("accepted %q as %s", data, s.Form)
			}
		}
	})
}

// TestKeyPair: private keys are encrypted, and only their password opens them.
func TestKeyPair(t *testing.T) {
	pair, err := GenerateKeyPair([]byte("right"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(pair.Private, []byte("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n")) {
		t.Errorf("private key starts %.60q", pair.Private)
	}
	private, err := LoadPrivateKey(pair.Private, []byte("right"))
	if err != nil {
		t.Fatal(err)
	}
	public, err := LoadPublicKey(pair.Public, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := private.SignMessage(bytes.NewReader([]byte("hello")))
	if err != nil {
		t.Fatal(err)
	}
	if err := public.VerifySignature(bytes.NewReader(signed), bytes.NewReader([]byte("hello"))); err != nil {
		t.Error(err)
	}
	for content, want := range map[string]string{
		string(pair.Private): "decrypt: encrypted: decryption failed", string(pair.Public): "unsupported pem type: PUBLIC KEY", "x": "invalid pem block",
	} {
		if _, err := LoadPrivateKey([]byte(content), []byte("wrong")); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// TestCache: keys are forgotten after an hour, and the oldest ones when there are too many.
func TestCache(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := NewCache(func() time.Time { return now })
	c.Set("first")
	now = now.Add(time.Minute)
	for i := range cacheSize {
		c.Set(string(rune(i + 0x4e00)))
	}
	if c.Get("first") || !c.Get(string(rune(0x4e00))) {
		t.Error("not the oldest key was forgotten")
	}
	now = now.Add(time.Hour)
	if c.Get(string(rune(0x4e00))) {
		t.Error("a key lives longer than an hour")
	}
	c.Set("new")
	if len(c.expires) != 1 {
		t.Errorf("%d keys are kept", len(c.expires))
	}
}
