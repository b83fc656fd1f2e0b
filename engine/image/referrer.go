package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// What a bundle's manifest is made of (cosign's pkg/oci/remote).
const (
	emptyConfigType = types.MediaType("application/vnd.oci.empty.v1+json")

	createdAnnotation         = "org.opencontainers.image.created"
	bundleContentAnnotation   = "dev.sigstore.bundle.content"
	bundlePredicateAnnotation = "dev.sigstore.bundle.predicateType"
)

// manifest is a manifest that can be put by its digest.
type manifest struct {
	raw []byte
}

// RawManifest implements remote.Taggable.
func (m manifest) RawManifest() ([]byte, error) { return m.raw, nil }

// MediaType says that it is an OCI image manifest.
func (m manifest) MediaType() (types.MediaType, error) { return types.OCIManifestSchema1, nil }

// pushBundle writes a bundle as a manifest that refers to the image.
func (r Registry) pushBundle(ctx context.Context, digest name.Digest, content []byte, predicateType string, now time.Time) error {
	subject, err := r.describe(ctx, digest)
	if err != nil {
		return err
	}
	config, err := r.pushBlob(ctx, digest, []byte("{}"), types.OCIConfigJSON)
	if err != nil {
		return err
	}
	config.MediaType, config.ArtifactType = emptyConfigType, bundleMediaType
	layer, err := r.pushBlob(ctx, digest, content, bundleMediaType)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, ArtifactType: bundleMediaType,
		Config: *config, Layers: []v1.Descriptor{*layer},
		Subject: &v1.Descriptor{MediaType: subject.MediaType, Digest: subject.Digest, Size: subject.Size},
		Annotations: map[string]string{
			createdAnnotation: now.UTC().Format(time.RFC3339), bundleContentAnnotation: "dsse-envelope",
			bundlePredicateAnnotation: predicateType,
		},
	})
	if err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	hash, _, err := v1.SHA256(strings.NewReader(string(raw)))
	if err != nil {
		return fmt.Errorf("digest manifest: %w", err)
	}
	if err := remote.Put(r.home(digest).Digest(hash.String()), manifest{raw}, r.options(ctx)...); err != nil {
		return fmt.Errorf("failed to upload manifest: %w", err)
	}
	return nil
}

func (r Registry) pushBlob(ctx context.Context, digest name.Digest, content []byte, mediaType types.MediaType) (*v1.Descriptor, error) {
	layer := static.NewLayer(content, mediaType)
	hash, err := layer.Digest()
	if err != nil {
		return nil, fmt.Errorf("digest layer: %w", err)
	}
	if err := remote.WriteLayer(r.home(digest), layer, r.options(ctx)...); err != nil {
		return nil, fmt.Errorf("failed to upload layer: %w", err)
	}
	return &v1.Descriptor{MediaType: mediaType, Digest: hash, Size: int64(len(content))}, nil
}

// bundleAt reads the bundle of a referrer.
func (r Registry) bundleAt(ctx context.Context, digest name.Digest, referrer v1.Hash) (*bundle, error) {
	ref := r.home(digest).Digest(referrer.String())
	img, err := remote.Image(ref, r.options(ctx)...)
	if err != nil {
		return nil, fmt.Errorf("failed to fetch referrer image: %w", err)
	}
	m, err := img.Manifest()
	if err != nil {
		return nil, err
	}
	if len(m.Layers) == 0 {
		return nil, errors.New("layers not found")
	}
	if !strings.HasPrefix(string(m.Layers[0].MediaType), bundlePrefix) {
		return nil, errors.New("expected bundle layer")
	}
	content, err := layerContent(img, m.Layers[0].Digest)
	if err != nil {
		return nil, err
	}
	b, err := parseBundle(content)
	if err != nil {
		return nil, fmt.Errorf("failed to unmarshal bundle: %w", err)
	}
	b.where = ref.String()
	return b, nil
}
