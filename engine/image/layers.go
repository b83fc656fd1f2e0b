package image

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// What cosign's signature images are made of (cosign's pkg/types and pkg/oci/static).
const (
	simpleSigningType = types.MediaType("application/vnd.dev.cosign.simplesigning.v1+json")
	envelopeType      = types.MediaType("application/vnd.dsse.envelope.v1+json")

	signatureAnnotation     = "dev.cosignproject.cosign/signature"
	predicateTypeAnnotation = "predicateType"

	maxLayers      = 1000
	maxLayerLength = 128 << 20
)

// layer is one signature or attestation of a signature image.
type layer struct {
	mediaType   types.MediaType
	payload     []byte
	annotations map[string]string
	digest      v1.Hash
}

// signature is the layer's signature; empty for attestations, which have it in their payload.
func (l layer) signature() ([]byte, error) {
	return base64.StdEncoding.DecodeString(l.annotations[signatureAnnotation])
}

// layers returns the layers of a signature image; none when there is no such image.
func (r Registry) layers(ctx context.Context, tag name.Tag) ([]layer, error) {
	img, err := remote.Image(tag, r.options(ctx)...)
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	manifest, err := img.Manifest()
	if err != nil {
		return nil, err
	}
	if len(manifest.Layers) > maxLayers {
		return nil, fmt.Errorf("number of layers (%d) exceeded the limit (%d)", len(manifest.Layers), maxLayers)
	}
	out := make([]layer, len(manifest.Layers))
	for i, d := range manifest.Layers {
		payload, err := layerContent(img, d.Digest)
		if err != nil {
			return nil, err
		}
		out[i] = layer{mediaType: d.MediaType, payload: payload, annotations: d.Annotations, digest: d.Digest}
	}
	return out, nil
}

func layerContent(img v1.Image, digest v1.Hash) ([]byte, error) {
	l, err := img.LayerByDigest(digest)
	if err != nil {
		return nil, err
	}
	if size, err := l.Size(); err != nil {
		return nil, err
	} else if size > maxLayerLength {
		return nil, fmt.Errorf("size of layer (%d) exceeded the limit (%d)", size, maxLayerLength)
	}
	content, err := l.Compressed()
	if err != nil {
		return nil, err
	}
	defer content.Close() //nolint:errcheck // nothing was written
	return io.ReadAll(content)
}

// pushLayers writes a signature image with exactly these layers.
func (r Registry) pushLayers(ctx context.Context, tag name.Tag, layers []layer) error {
	img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	additions := make([]mutate.Addendum, len(layers))
	for i, l := range layers {
		additions[i] = mutate.Addendum{
			Layer: static.NewLayer(l.payload, l.mediaType), MediaType: l.mediaType, Annotations: l.annotations,
		}
	}
	img, err := mutate.Append(img, additions...)
	if err != nil {
		return fmt.Errorf("make signature image: %w", err)
	}
	return remote.Write(tag, img, r.options(ctx)...)
}

// attach adds a layer to a signature image unless same says that one of its layers is the same already.
func (r Registry) attach(ctx context.Context, tag name.Tag, add layer, same func(layer) bool) error {
	layers, err := r.layers(ctx, tag)
	if err != nil {
		return err
	}
	for _, l := range layers {
		if same(l) {
			return nil
		}
	}
	return r.pushLayers(ctx, tag, append(layers, add))
}
