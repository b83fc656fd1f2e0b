package image

import (
	"bytes"
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Copying says what of an image Copy copies.
type Copying struct {
	// Suffixes name what is copied of cosign's tags ("sig", "att", "sbom"); none is all of it, and the image itself.
	Suffixes []string
	// Overwrite lets tags of the target move.
	Overwrite bool
	// Before is told of each thing that is about to be copied. It may be nil.
	Before func(from, to name.Reference)
}

// Copy copies an image, the images that it lists, and what cosign keeps of each of them in tags, to another repository.
// Bundles, which refer to an image without a tag, are left behind: cosign's copy does not look for them either.
func (r Registry) Copy(ctx context.Context, from, to name.Reference, what Copying) error {
	digests, err := r.Manifests(ctx, from)
	if err != nil {
		return err
	}
	suffixes, whole := what.Suffixes, len(what.Suffixes) == 0
	if whole {
		suffixes = []string{signatureSuffix, attestationSuffix, sbomSuffix}
	}
	for _, digest := range digests {
		for _, suffix := range suffixes {
			tag := r.Tag(digest, suffix)
			if err := r.copyOne(ctx, tag, to.Context().Tag(tag.TagStr()), what); err != nil {
				return err
			}
		}
		// Cosign gives the image itself such a tag too, with --only as well.
		if err := r.copyOne(ctx, digest, to.Context().Tag(r.Tag(digest, "").TagStr()), what); err != nil {
			return err
		}
	}
	if !whole {
		return nil
	}
	return r.copyOne(ctx, digests[0], to, what)
}

// copyOne copies a manifest with what it is made of. What does not exist is passed over, what is there already too.
func (r Registry) copyOne(ctx context.Context, from, to name.Reference, what Copying) error {
	found, err := remote.Get(from, r.options(ctx)...)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if !what.Overwrite {
		if there, err := remote.Head(to, r.options(ctx)...); err == nil {
			if there.Digest == found.Digest {
				return nil
			}
			return fmt.Errorf("image %q already exists. Use `-f` to overwrite", to.Name())
		}
	}
	if what.Before != nil {
		what.Before(from, to)
	}
	pusher, err := remote.NewPusher(r.options(ctx)...)
	if err != nil {
		return err
	}
	return pusher.Push(ctx, to, found)
}

// Attached is a signature as it is kept in cosign's tag: what was signed, and the signature in base64.
type Attached struct {
	Payload   []byte
	Signature string
}

// Attached returns the signatures in cosign's tag of an image, none when there is no such tag, without verifying them.
func (r Registry) Attached(ctx context.Context, digest name.Digest) ([]Attached, error) {
	layers, err := r.layers(ctx, r.SignatureTag(digest))
	if err != nil {
		return nil, err
	}
	out := make([]Attached, len(layers))
	for i, l := range layers {
		out[i] = Attached{Payload: l.payload, Signature: l.annotations[signatureAnnotation]}
	}
	return out, nil
}

// Attach adds a signature to cosign's tag of an image without looking at it: whoever may push can attach anything.
func (r Registry) Attach(ctx context.Context, digest name.Digest, what Attached) error {
	hash, _, err := v1.SHA256(bytes.NewReader(what.Payload))
	if err != nil {
		return fmt.Errorf("digest payload: %w", err)
	}
	add := layer{
		mediaType: simpleSigningType, payload: what.Payload, digest: hash,
		annotations: map[string]string{signatureAnnotation: what.Signature},
	}
	return r.attach(ctx, r.SignatureTag(digest), add, func(layer) bool { return false })
}

// Bundles returns the bundles of an image as they are stored, without verifying them.
func (r Registry) Bundles(ctx context.Context, digest name.Digest) ([][]byte, error) {
	bundles, err := r.bundles(ctx, digest)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, len(bundles))
	for i, b := range bundles {
		if out[i], err = marshalBundle(b.Bundle); err != nil {
			return nil, err
		}
	}
	return out, nil
}
