package image_test

import (
	"bytes"
	"encoding/json"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json"

// replay copies the signatures of one image to another.
func (w *world) replay(from, to name.Digest) {
	w.t.Helper()
	w.copyTag(w.registry.SignatureTag(from), w.registry.SignatureTag(to))
	for _, content := range w.bundles(from) {
		w.putBundle(to, content)
	}
}

// tamper copies the signatures of one image to another and changes what was signed accordingly.
func (w *world) tamper(from, to name.Digest) {
	w.t.Helper()
	img, err := remote.Image(w.registry.SignatureTag(from))
	if err != nil {
		w.t.Fatal(err)
	}
	manifest, err := img.Manifest()
	if err != nil {
		w.t.Fatal(err)
	}
	claim := bytes.ReplaceAll([]byte(content(w.t, img)), []byte(from.DigestStr()), []byte(to.DigestStr()))
	old := manifest.Layers[0]
	forged, err := mutate.Append(mutate.MediaType(empty.Image, types.OCIManifestSchema1), mutate.Addendum{
		Layer: static.NewLayer(claim, old.MediaType), Annotations: old.Annotations, MediaType: old.MediaType,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := remote.Write(w.registry.SignatureTag(to), forged); err != nil {
		w.t.Fatal(err)
	}
	for _, bundle := range w.bundles(from) {
		w.putBundle(to, w.forge(bundle, from.DigestStr()[len("sha256:"):], to.DigestStr()[len("sha256:"):]))
	}
}

// forge replaces a text in what a bundle signed.
func (w *world) forge(bundle []byte, old, with string) []byte {
	w.t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(bundle, &fields); err != nil {
		w.t.Fatal(err)
	}
	var envelope struct {
		DsseEnvelope struct{ Payload []byte }
	}
	if err := json.Unmarshal(bundle, &envelope); err != nil {
		w.t.Fatal(err)
	}
	fields["dsseEnvelope"].(map[string]any)["payload"] = bytes.ReplaceAll(envelope.DsseEnvelope.Payload, []byte(old), []byte(with))
	out, err := json.Marshal(fields)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// rename copies an image with all its signatures to another repository.
func (w *world) rename(digest name.Digest, reference string) name.Tag {
	w.t.Helper()
	img, err := remote.Image(digest)
	if err != nil {
		w.t.Fatal(err)
	}
	tag := w.tag(reference)
	if err := remote.Write(tag, img); err != nil {
		w.t.Fatal(err)
	}
	w.replay(digest, tag.Context().Digest(digest.DigestStr()))
	return tag
}

// bundles are the contents of an image's bundles.
func (w *world) bundles(digest name.Digest) [][]byte {
	w.t.Helper()
	index, err := remote.Referrers(digest)
	if err != nil {
		w.t.Fatal(err)
	}
	list, err := index.IndexManifest()
	if err != nil {
		w.t.Fatal(err)
	}
	var out [][]byte
	for _, d := range list.Manifests {
		img, err := remote.Image(digest.Context().Digest(d.Digest.String()))
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, []byte(content(w.t, img)))
	}
	return out
}

// putBundle pushes a bundle that refers to an image.
func (w *world) putBundle(to name.Digest, bundle []byte) {
	w.t.Helper()
	subject, err := remote.Head(to)
	if err != nil {
		w.t.Fatal(err)
	}
	img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), bundleType)
	if img, err = mutate.AppendLayers(img, static.NewLayer(bundle, bundleType)); err != nil {
		w.t.Fatal(err)
	}
	referring, ok := mutate.Subject(img, *subject).(v1.Image)
	if !ok {
		w.t.Fatal("mutate.Subject returned no image")
	}
	hash, err := referring.Digest()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := remote.Write(to.Context().Digest(hash.String()), referring); err != nil {
		w.t.Fatal(err)
	}
}
