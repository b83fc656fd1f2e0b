package image_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"podsec/engine/image"
)

// TestArtifacts lists what belongs to an image: tags first, and then what refers to it, by type.
func TestArtifacts(t *testing.T) {
	w := newWorld(t)
	digest := w.push("app:v1")
	list := func() []image.Artifact {
		t.Helper()
		found, err := w.registry.Artifacts(t.Context(), w.tag("app:v1"))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if found := list(); len(found) > 0 || w.registry.HasBundles(t.Context(), w.tag("app:v1")) {
		t.Errorf("found %+v, and nothing was attached", found)
	}
	w.attest(digest, "a", 0, "custom", "hello")
	w.sign(digest, "a", image.Tags)
	w.sign(digest, "b", image.Tags)
	w.sign(digest, "a", image.Bundle)
	type artifact struct {
		Kind   image.ArtifactKind
		Type   string
		Layers int
	}
	var got []artifact
	for _, a := range list() {
		got = append(got, artifact{a.Kind, a.Type, len(a.Layers)})
		if !strings.HasPrefix(a.Where, w.host+"/app") {
			t.Errorf("it is at %s", a.Where)
		}
	}
	want := []artifact{
		{image.SignatureTag, "", 2},
		{image.AttestationTag, "", 1},
		{image.Referrer, "https://cosign.sigstore.dev/attestation/v1", 1},
		{image.Referrer, "https://sigstore.dev/cosign/sign/v1", 1},
	}
	for i := range got {
		if got[i].Kind != image.Referrer {
			got[i].Type = ""
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !w.registry.HasBundles(t.Context(), w.tag("app:v1")) {
		t.Error("no bundles were seen")
	}
}

// TestNothingThere pins what is said of an image that the registry does not have.
func TestNothingThere(t *testing.T) {
	w := newWorld(t)
	_, artifacts := w.registry.Artifacts(t.Context(), w.tag("app:v1"))
	_, manifests := w.registry.Manifests(t.Context(), w.tag("app:v1"))
	_, entity := w.registry.ResolveEntity(t.Context(), w.tag("app:v1"))
	for name, err := range map[string]error{"artifacts": artifacts, "manifests": manifests, "entity": entity} {
		expect(t, name, err, "^entity not found in registry, error: GET http://.*/v2/app/manifests/v1: NAME_UNKNOWN: Unknown name$", 0)
	}
	if w.registry.HasBundles(t.Context(), w.tag("app:v1")) {
		t.Error("an image that is not there has bundles")
	}
	_, err := (&image.Verifier{Registry: w.registry}).Digest(t.Context(), w.host+"/app:v1")
	expect(t, "digest", err, "NAME_UNKNOWN: Unknown name$", 0)
	_, err = (&image.Verifier{Registry: w.registry}).Digest(t.Context(), "UPPER")
	expect(t, "reference", err, "^could not parse reference: UPPER$", 0)
}

// TestManifests: an index stands for itself and for what it lists.
func TestManifests(t *testing.T) {
	w := newWorld(t)
	index, err := random.Index(16, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(w.tag("app:all"), index); err != nil {
		t.Fatal(err)
	}
	found, err := w.registry.Manifests(t.Context(), w.tag("app:all"))
	if err != nil {
		t.Fatal(err)
	}
	digest, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 4 || found[0].DigestStr() != digest.String() {
		t.Errorf("found %v", found)
	}
	one, err := w.registry.Manifests(t.Context(), w.push("app:v1"))
	if err != nil || len(one) != 1 {
		t.Errorf("found %v, %v", one, err)
	}
}
