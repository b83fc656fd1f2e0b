package aws

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// LabImage is an image that exists from the start.
type LabImage struct {
	Name  string // "public.ecr.aws/nginx/nginx:1.27"
	Index v1.ImageIndex
}

// Seed puts images into the registries that their names tell, and makes what the account has then what Reset goes back
// to. A registry that is not the account's own is made for them; it can only be read.
func (a *Account) Seed(images ...LabImage) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, one := range images {
		if err := a.seed(one); err != nil {
			return fmt.Errorf("seed %s: %w", one.Name, err)
		}
	}
	a.baseline = a.snapshot()
	return nil
}

func (a *Account) seed(one LabImage) error {
	tag, err := name.NewTag(one.Name)
	if err != nil {
		return err
	}
	host := tag.RegistryStr()
	reg := a.registries[host]
	if region, ours := a.regionOf(host); ours {
		reg = a.ecrRegistry(region)
	} else if reg == nil {
		reg = a.newRegistry(host, "")
		a.registries[host] = reg
	}
	repo := reg.repositories[tag.RepositoryStr()]
	if repo == nil {
		repo = &repository{name: tag.RepositoryStr(), mutability: mutable, created: a.now(), images: map[string]*image{}, tags: map[string]string{}}
		reg.repositories[repo.name] = repo
	}
	return reg.store(repo, tag.TagStr(), one.Index)
}

// store puts an index and its images into a repository.
func (reg *ociRegistry) store(repo *repository, tag string, index v1.ImageIndex) error {
	list, err := index.IndexManifest()
	if err != nil {
		return err
	}
	for _, child := range list.Manifests {
		img, err := index.Image(child.Digest)
		if err != nil {
			return err
		}
		if err := reg.storeBlobs(img); err != nil {
			return err
		}
		if err := reg.storeManifest(repo, "", img); err != nil {
			return err
		}
	}
	return reg.storeManifest(repo, tag, index)
}

// described is an image or an index.
type described interface {
	RawManifest() ([]byte, error)
	MediaType() (types.MediaType, error)
}

func (reg *ociRegistry) storeManifest(repo *repository, tag string, what described) error {
	raw, err := what.RawManifest()
	if err != nil {
		return err
	}
	mediaType, err := what.MediaType()
	if err != nil {
		return err
	}
	hash, _, _ := v1.SHA256(bytes.NewReader(raw)) // reading memory does not end in an error
	reference := hash.String()
	if tag != "" {
		reference = tag
	}
	if answered := reg.forward("PUT", repo.name, reference, string(mediaType), raw); answered.status >= 300 {
		return fmt.Errorf("store manifest: %s", strings.TrimSpace(answered.body.String()))
	}
	reg.account.record(repo, tag, &image{digest: hash.String(), mediaType: string(mediaType), raw: raw})
	return nil
}

// storeBlobs keeps the layers and the configuration of an image.
func (reg *ociRegistry) storeBlobs(img v1.Image) error {
	layers, err := img.Layers()
	if err != nil {
		return err
	}
	for _, layer := range layers {
		digest, err := layer.Digest()
		if err != nil {
			return err
		}
		data, err := layer.Compressed()
		if err != nil {
			return err
		}
		if err := reg.account.blobs.keep(digest, data); err != nil {
			return err
		}
	}
	digest, err := img.ConfigName()
	if err != nil {
		return err
	}
	config, err := img.RawConfigFile()
	if err != nil {
		return err
	}
	return reg.account.blobs.keep(digest, io.NopCloser(bytes.NewReader(config)))
}
