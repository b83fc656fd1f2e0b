package image_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"podsec/engine/image"
)

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// TestSignWritesTag pins what cosign's tag holds: the claim as the layer, the signature as its annotation.
func TestSignWritesTag(t *testing.T) {
	w := newWorld(t)
	digest := w.push("app:v1")
	signer := w.signer("a", image.Tags)
	if err := signer.Sign(context.Background(), digest, map[string]any{"team": "web"}); err != nil {
		t.Fatal(err)
	}
	img, err := remote.Image(w.registry.SignatureTag(digest))
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if got := string(manifest.Layers[0].MediaType); got != "application/vnd.dev.cosign.simplesigning.v1+json" {
		t.Errorf("media type %s", got)
	}
	if manifest.Layers[0].Annotations["dev.cosignproject.cosign/signature"] == "" {
		t.Error("the layer has no signature")
	}
	want := `{"critical":{"identity":{"docker-reference":"` + w.host + `/app"},"image":{"docker-manifest-digest":"` +
		digest.DigestStr() + `"},"type":"cosign container image signature"},"optional":{"team":"web"}}`
	if got := content(t, img); got != want {
		t.Errorf("claim\n%s\nwant\n%s", got, want)
	}
}

// TestSignTwice: the same key's signature of the same claim is not written again, another key's is added.
func TestSignTwice(t *testing.T) {
	w := newWorld(t)
	digest := w.push("app:v1")
	for _, by := range []string{"a", "a", "b"} {
		w.sign(digest, by, image.Tags)
	}
	img, err := remote.Image(w.registry.SignatureTag(digest))
	if err != nil {
		t.Fatal(err)
	}
	layers, err := img.Layers()
	if err != nil || len(layers) != 1 && len(layers) != 2 {
		t.Fatalf("%d layers, %v", len(layers), err)
	}
	manifest, _ := img.Manifest()
	if len(manifest.Layers) != 2 {
		t.Errorf("%d signatures, want one of each key", len(manifest.Layers))
	}
}

// TestSignWritesBundle pins the manifest of a bundle and the bundle itself, except for what differs every time.
func TestSignWritesBundle(t *testing.T) {
	w := newWorld(t)
	digest := w.push("app:v1")
	signer := w.signer("a", image.Bundle)
	signer.Now = func() time.Time { return epoch }
	if err := signer.Sign(context.Background(), digest, nil); err != nil {
		t.Fatal(err)
	}
	index, err := remote.Referrers(digest)
	if err != nil {
		t.Fatal(err)
	}
	list, err := index.IndexManifest()
	if err != nil || len(list.Manifests) != 1 {
		t.Fatalf("referrers %v, %v", list, err)
	}
	const mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"
	if got := list.Manifests[0].ArtifactType; got != mediaType {
		t.Errorf("artifactType %s", got)
	}
	img, err := remote.Image(digest.Context().Digest(list.Manifests[0].Digest.String()))
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"org.opencontainers.image.created": "2026-01-02T03:04:05Z", "dev.sigstore.bundle.content": "dsse-envelope",
		"dev.sigstore.bundle.predicateType": "https://sigstore.dev/cosign/sign/v1",
	}
	if diff := cmp.Diff(want, manifest.Annotations); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
	if manifest.Subject.Digest.String() != digest.DigestStr() {
		t.Errorf("subject %s", manifest.Subject.Digest)
	}
	var bundle struct {
		MediaType            string
		VerificationMaterial struct{ PublicKey struct{ Hint string } }
		DsseEnvelope         struct {
			Payload     []byte
			PayloadType string
			Signatures  []struct{ Sig []byte }
		}
	}
	if err := json.Unmarshal([]byte(content(t, img)), &bundle); err != nil {
		t.Fatal(err)
	}
	algorithm, hex, _ := strings.Cut(digest.DigestStr(), ":")
	statement := `{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"` + algorithm + `":"` + hex +
		`"},"annotations":{}}],"predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{}}`
	if string(bundle.DsseEnvelope.Payload) != statement {
		t.Errorf("statement\n%s\nwant\n%s", bundle.DsseEnvelope.Payload, statement)
	}
	if bundle.MediaType != mediaType || bundle.DsseEnvelope.PayloadType != "application/vnd.in-toto+json" ||
		bundle.VerificationMaterial.PublicKey.Hint == "" || len(bundle.DsseEnvelope.Signatures) != 1 {
		t.Errorf("bundle %+v", bundle)
	}
}

// content is the first layer of an image.
func content(t testing.TB, img v1.Image) string {
	t.Helper()
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	reader, err := layers[0].Compressed()
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSpace(data))
}
