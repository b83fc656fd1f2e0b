package docker

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// nameAnnotation is where containerd keeps the name of an image in a layout.
const nameAnnotation = "io.containerd.image.name"

// store is the folder of the local images.
type store struct{ path layout.Path }

// openStore opens a store, which is made if there is none.
func openStore(folder string) (*store, error) {
	path, err := layout.FromPath(folder)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, fmt.Errorf("make image store: %w", err)
		}
		path, err = layout.Write(folder, empty.Index)
	}
	if err != nil {
		return nil, fmt.Errorf("open image store %s: %w", filepath.Base(folder), err)
	}
	return &store{path}, nil
}

// local is an image of the store under one of its names.
type local struct {
	ref        name.Tag
	descriptor v1.Descriptor
}

// named says whether a text is the image's name, and not its id or its digest.
func (l local) named(text string) bool {
	ref, err := name.ParseReference(text)
	return err == nil && ref.Name() == l.ref.Name()
}

// id is how docker shows an image.
func (l local) id() string { return l.descriptor.Digest.String() }

// all lists the images by name.
func (s *store) all() ([]local, error) {
	index, err := s.path.ImageIndex()
	if err != nil {
		return nil, fmt.Errorf("read image store: %w", err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("read image store: %w", err)
	}
	var list []local
	for _, d := range manifest.Manifests {
		if ref, err := name.NewTag(d.Annotations[nameAnnotation]); err == nil {
			list = append(list, local{ref, d})
		}
	}
	slices.SortFunc(list, func(x, y local) int { return strings.Compare(x.ref.Name(), y.ref.Name()) })
	return list, nil
}

// find returns the image that a name, a name with a digest, or the beginning of an id stands for.
func (s *store) find(text string) (*local, error) {
	list, err := s.all()
	if err != nil {
		return nil, err
	}
	ref, refErr := name.ParseReference(text)
	for _, one := range list {
		switch digest, byDigest := ref.(name.Digest); {
		case refErr == nil && byDigest && one.id() == digest.DigestStr() && one.ref.Context() == digest.Context():
			return &one, nil
		case refErr == nil && one.ref.Name() == ref.Name():
			return &one, nil
		}
	}
	hex := strings.TrimPrefix(text, "sha256:")
	at := slices.IndexFunc(list, func(one local) bool { return len(hex) >= 4 && strings.HasPrefix(one.descriptor.Digest.Hex, hex) })
	if at < 0 {
		return nil, nil //nolint:nilnil // there is none
	}
	return &list[at], nil
}

// names gives an image a name, taking it from any other.
func (s *store) names(ref name.Tag, d v1.Descriptor) error {
	if err := s.forget(ref); err != nil {
		return err
	}
	d.Annotations = map[string]string{nameAnnotation: ref.Name()}
	if err := s.path.AppendDescriptor(d); err != nil {
		return fmt.Errorf("name image: %w", err)
	}
	return nil
}

// forget takes a name away.
func (s *store) forget(ref name.Tag) error {
	named := func(d v1.Descriptor) bool { return d.Annotations[nameAnnotation] == ref.Name() }
	if err := s.path.RemoveDescriptors(named); err != nil {
		return fmt.Errorf("remove name of image: %w", err)
	}
	return nil
}

// images are the images that a local one consists of: itself, or those of an index.
func (s *store) images(one local) ([]v1.Image, error) {
	root, err := s.path.ImageIndex()
	if err != nil {
		return nil, err
	}
	if one.descriptor.MediaType.IsImage() {
		img, err := root.Image(one.descriptor.Digest)
		return []v1.Image{img}, err
	}
	index, err := root.ImageIndex(one.descriptor.Digest)
	if err != nil {
		return nil, err
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	var images []v1.Image
	for _, d := range manifest.Manifests {
		if d.MediaType.IsImage() {
			img, err := index.Image(d.Digest)
			if err != nil {
				return nil, err
			}
			images = append(images, img)
		}
	}
	return images, nil
}
