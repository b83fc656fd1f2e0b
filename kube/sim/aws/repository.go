package aws

import (
	"maps"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// The values of imageTagMutability that are simulated.
const (
	mutable   = "MUTABLE"
	immutable = "IMMUTABLE"
)

// repository is what a registry knows of a repository, besides what the registry's protocol serves.
type repository struct {
	name, mutability string
	scanOnPush       bool
	created          time.Time
	images           map[string]*image // by digest
	tags             map[string]string // to digest
	labels           []tag             // of the repository itself, which AWS calls tags as well
}

// image is a manifest that was pushed. It is never changed but for the time of its last push.
type image struct {
	digest, mediaType string
	raw               []byte
	pushed            time.Time
	sequence          int // of the push, in the account
}

// clone copies what may change.
func (r *repository) clone() *repository {
	again := *r
	again.tags, again.images = maps.Clone(r.tags), map[string]*image{}
	for digest, one := range r.images {
		copied := *one
		again.images[digest] = &copied
	}
	return &again
}

// inOrder lists the images as they were pushed.
func (r *repository) inOrder() []*image {
	return slices.SortedFunc(maps.Values(r.images), func(x, y *image) int { return x.sequence - y.sequence })
}

// tagsOf lists the tags of an image.
func (r *repository) tagsOf(digest string) []string {
	var tags []string
	for tag, of := range r.tags {
		if of == digest {
			tags = append(tags, tag)
		}
	}
	slices.Sort(tags)
	return tags
}

// holders are the indexes that list an image.
func (r *repository) holders(digest string) []string {
	var found []string
	for _, one := range r.inOrder() {
		for _, child := range one.manifest().Manifests {
			if child.Digest.String() == digest {
				found = append(found, one.digest)
			}
		}
	}
	return found
}

// size is the compressed size of an image: of its layers; of an index that of its largest image, as ECR counts.
func (r *repository) size(one *image) int64 {
	manifest, size := one.manifest(), int64(0)
	for _, layer := range manifest.Layers {
		size += layer.Size
	}
	for _, child := range manifest.Manifests {
		if listed := r.images[child.Digest.String()]; listed != nil {
			size = max(size, r.size(listed))
		}
	}
	return size
}

// manifest is what manifests of all kinds have.
type manifest struct {
	MediaType    string            `json:"mediaType"`
	ArtifactType string            `json:"artifactType"`
	Config       v1.Descriptor     `json:"config"`
	Layers       []v1.Descriptor   `json:"layers"`
	Manifests    []v1.Descriptor   `json:"manifests"`
	Subject      *v1.Descriptor    `json:"subject"`
	Annotations  map[string]string `json:"annotations"`
}
