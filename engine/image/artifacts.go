package image

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// ArtifactKind is what holds something that belongs to an image.
type ArtifactKind int

// The kinds of artifacts.
const (
	SignatureTag ArtifactKind = iota + 1
	AttestationTag
	SBOMTag
	Referrer
)

// Artifact is something in a registry that belongs to an image: signatures, attestations, a bill of materials.
type Artifact struct {
	Kind   ArtifactKind
	Type   string // of a referrer: the predicate type of a bundle, else its artifactType
	Where  string
	Layers []string // digests
}

// Artifacts lists what belongs to an image: cosign's tags, then the manifests that refer to it, by type.
func (r Registry) Artifacts(ctx context.Context, ref name.Reference) ([]Artifact, error) {
	digest, err := r.ResolveEntity(ctx, ref)
	if err != nil {
		return nil, err
	}
	var out []Artifact
	for _, one := range []struct {
		kind   ArtifactKind
		suffix string
	}{{SignatureTag, signatureSuffix}, {SBOMTag, sbomSuffix}, {AttestationTag, attestationSuffix}} {
		tag := r.Tag(digest, one.suffix)
		img, err := remote.Image(tag, r.options(ctx)...)
		if isNotFound(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		a, err := artifact(img, one.kind, tag.String())
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	referring, err := r.referring(ctx, digest)
	return append(out, referring...), err
}

// ResolveEntity is Resolve with cosign's text for what does not exist.
func (r Registry) ResolveEntity(ctx context.Context, ref name.Reference) (name.Digest, error) {
	digest, err := r.Resolve(ctx, ref)
	if isNotFound(err) {
		return digest, fmt.Errorf("entity not found in registry, error: %w", err)
	}
	return digest, err
}

// referring are the manifests with an artifactType that refer to an image.
func (r Registry) referring(ctx context.Context, digest name.Digest) ([]Artifact, error) {
	referrers, err := r.referrers(ctx, digest)
	if err != nil {
		return nil, fmt.Errorf("getting referrers: %w", err)
	}
	var out []Artifact
	for _, d := range referrers {
		if d.ArtifactType == "" {
			continue
		}
		ref := r.home(digest).Digest(d.Digest.String())
		img, err := remote.Image(ref, r.options(ctx)...)
		if err != nil {
			return nil, err
		}
		a, err := artifact(img, Referrer, ref.String())
		if err != nil {
			return nil, err
		}
		if a.Type == "" {
			a.Type = d.ArtifactType
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b Artifact) int { return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Where, b.Where)) })
	return out, nil
}

func artifact(img v1.Image, kind ArtifactKind, where string) (Artifact, error) {
	manifest, err := img.Manifest()
	if err != nil {
		return Artifact{}, fmt.Errorf("read manifest of %s: %w", where, err)
	}
	a := Artifact{Kind: kind, Where: where, Type: manifest.Annotations[bundlePredicateAnnotation]}
	for _, layer := range manifest.Layers {
		a.Layers = append(a.Layers, layer.Digest.String())
	}
	return a, nil
}

// Manifests lists the digests that a reference stands for: its own, then those of the images that it lists.
func (r Registry) Manifests(ctx context.Context, ref name.Reference) ([]name.Digest, error) {
	found, err := remote.Get(ref, r.options(ctx)...)
	if isNotFound(err) {
		return nil, fmt.Errorf("entity not found in registry, error: %w", err)
	}
	if err != nil {
		return nil, err
	}
	out := []name.Digest{ref.Context().Digest(found.Digest.String())}
	if !found.MediaType.IsIndex() {
		return out, nil
	}
	index, err := found.ImageIndex()
	if err != nil {
		return nil, err
	}
	list, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	for _, d := range list.Manifests {
		out = append(out, ref.Context().Digest(d.Digest.String()))
	}
	return out, nil
}
