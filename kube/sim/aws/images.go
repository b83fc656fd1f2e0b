package aws

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// built is when the images of the labs say that they were made; a fixed time keeps their digests the same.
var built = time.Date(2026, time.January, 15, 9, 0, 0, 0, time.UTC)

// LabImages makes the images that the labs use, in memory: the names are real, the content is a line of text. Every one
// is an index of two architectures.
func LabImages() ([]LabImage, error) {
	var images []LabImage
	for _, name := range []string{
		"public.ecr.aws/nginx/nginx:latest",
		"public.ecr.aws/nginx/nginx:1.29",
		"public.ecr.aws/docker/library/nginx:latest",
		"public.ecr.aws/docker/library/redis:latest",
		"public.ecr.aws/docker/library/busybox:latest",
		"index.docker.io/library/nginx:latest",
		"index.docker.io/library/redis:latest",
		"index.docker.io/library/busybox:latest",
		"index.docker.io/library/alpine:latest",
	} {
		index, err := BuildImage(name)
		if err != nil {
			return nil, fmt.Errorf("make image %s: %w", name, err)
		}
		images = append(images, LabImage{name, index})
	}
	return images, nil
}

// BuildImage makes an image for two architectures around a text. The same text gives the same digests.
func BuildImage(text string) (v1.ImageIndex, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, architecture := range []string{"amd64", "arm64"} {
		platform := v1.Platform{OS: "linux", Architecture: architecture}
		img, err := buildImage(text, platform)
		if err != nil {
			return nil, err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &platform}})
	}
	return index, nil
}

func buildImage(text string, platform v1.Platform) (v1.Image, error) {
	data, err := layer(fmt.Sprintf("%s for %s\n", text, platform))
	if err != nil {
		return nil, err
	}
	content := static.NewLayer(data, types.OCIUncompressedLayer)
	img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	if img, err = mutate.Append(img, mutate.Addendum{Layer: content, History: v1.History{Created: v1.Time{Time: built}, CreatedBy: "COPY about.txt /"}}); err != nil {
		return nil, err
	}
	file, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Created = platform.OS, platform.Architecture, v1.Time{Time: built}
	file.Config.Cmd = []string{"/bin/sh"}
	return mutate.ConfigFile(img, file)
}

// layer is an archive with one file. It is not compressed: how it would be may change with Go, and the digest with it.
func layer(text string) ([]byte, error) {
	var data bytes.Buffer
	archive := tar.NewWriter(&data)
	header := &tar.Header{Name: "about.txt", Mode: 0o644, Size: int64(len(text)), ModTime: built, Format: tar.FormatPAX}
	if err := archive.WriteHeader(header); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(archive, text); err != nil {
		return nil, err
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	return data.Bytes(), nil
}
