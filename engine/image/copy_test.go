package image_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"podsec/engine/image"
)

// TestCopyIndex: of an image for several architectures everything is copied that has a tag, and nothing twice.
func TestCopyIndex(t *testing.T) {
	w := newWorld(t)
	index, err := random.Index(16, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	from, to := w.tag("app:v1"), w.tag("other:v1")
	if err := remote.WriteIndex(from, index); err != nil {
		t.Fatal(err)
	}
	hash, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	digest := from.Context().Digest(hash.String())
	w.sign(digest, "a", image.Tags)
	w.attest(digest, "a", image.Tags, "custom", "hello")
	var said []string
	what := image.Copying{Before: func(_, to name.Reference) {
		said = append(said, strings.TrimPrefix(to.Identifier(), "sha256-"+hash.Hex))
	}}
	if err := w.registry.Copy(context.Background(), from, to, what); err != nil {
		t.Fatal(err)
	}
	if len(said) != 6 {
		t.Fatalf("copied %q", said)
	}
	if diff := cmp.Diff([]string{".sig", ".att", ""}, said[:3]); diff != "" || said[5] != "v1" {
		t.Errorf("copied %q", said)
	}
	check := image.Check{Key: w.key("a").signer, IgnoreTlog: true}
	if _, err := w.registry.VerifySignatures(context.Background(), to, check); err != nil {
		t.Error(err)
	}
	if _, err := w.registry.VerifyAttestations(context.Background(), to, check); err != nil {
		t.Error(err)
	}
	said = nil
	if err := w.registry.Copy(context.Background(), from, to, what); err != nil || len(said) > 0 {
		t.Errorf("copied again: %q, %v", said, err)
	}
}

// TestAttached: what was attached is what comes back, and nothing of it is believed.
func TestAttached(t *testing.T) {
	w := newWorld(t)
	digest := w.push("app:v1")
	if got, err := w.registry.Attached(context.Background(), digest); err != nil || len(got) > 0 {
		t.Fatalf("before: %v, %v", got, err)
	}
	want := image.Attached{Payload: []byte(`{"critical":{}}`), Signature: "bm9uZQ=="}
	for range 2 { // nobody compares it with what is there
		if err := w.registry.Attach(context.Background(), digest, want); err != nil {
			t.Fatal(err)
		}
	}
	got, err := w.registry.Attached(context.Background(), digest)
	if diff := cmp.Diff([]image.Attached{want, want}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := w.registry.VerifySignatures(context.Background(), digest, image.Check{Key: w.key("a").signer, IgnoreTlog: true}); err == nil {
		t.Error("accepted")
	}
}

// TestBundlesAsStored: bundles come back as they are, signed by whomever.
func TestBundlesAsStored(t *testing.T) {
	w := newWorld(t)
	digest := w.push("app:v1")
	w.sign(digest, "b", image.Bundle)
	got, err := w.registry.Bundles(context.Background(), digest)
	if err != nil || len(got) != 1 {
		t.Fatalf("%d bundles, %v", len(got), err)
	}
	if want := w.bundles(digest)[0]; string(got[0]) != string(want) {
		t.Errorf("bundle\n%s\nwant\n%s", got[0], want)
	}
}
