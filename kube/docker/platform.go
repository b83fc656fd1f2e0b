package docker

import (
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// PlatformVariable is docker's environment variable that names the one platform ("linux/arm64") of which images are
// pulled; without it they are pulled whole.
const PlatformVariable = "DOCKER_DEFAULT_PLATFORM"

// get asks a registry for an image: for the whole index, or for the image of one platform in it.
func (p *program) get(ref name.Reference, options []remote.Option) (*remote.Descriptor, error) {
	found, err := remote.Get(ref, options...)
	wanted := p.std.Getenv(PlatformVariable)
	if err != nil || wanted == "" || !found.MediaType.IsIndex() {
		return found, err
	}
	platform, err := v1.ParsePlatform(wanted)
	if err != nil {
		return nil, daemon("%q is not a platform: %v", wanted, err)
	}
	index, err := found.ImageIndex()
	if err != nil {
		return nil, err
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("read index: %w", err)
	}
	for _, child := range manifest.Manifests {
		if child.Platform != nil && child.Platform.Satisfies(*platform) {
			return remote.Get(ref.Context().Digest(child.Digest.String()), options...)
		}
	}
	return nil, daemon("no matching manifest for %s in the manifest list entries", wanted)
}
