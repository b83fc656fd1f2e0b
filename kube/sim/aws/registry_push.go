package aws

import (
	"bytes"
	"net/http"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// find returns the image that a tag or a digest names, nil if there is none.
func (r *repository) find(reference string) *image {
	if digest, ok := r.tags[reference]; ok {
		return r.images[digest]
	}
	return r.images[reference]
}

// put pushes a manifest.
func (reg *ociRegistry) put(q question, repo *repository) http.HandlerFunc {
	if q.manifest == nil {
		return reg.refuse(&registryError{http.StatusBadRequest, "MANIFEST_INVALID", "manifest is invalid"})
	}
	hash, _, _ := v1.SHA256(bytes.NewReader(q.manifest)) // reading memory does not end in an error
	digest, tag := hash.String(), q.reference
	if isDigest(tag) {
		tag = ""
	}
	if refused := checkPut(repo, q.reference, tag, digest); refused != nil {
		return reg.refuse(refused)
	}
	mediaType := q.request.Header.Get("Content-Type")
	answered := reg.forward(http.MethodPut, repo.name, q.reference, mediaType, q.manifest)
	if answered.status == http.StatusCreated {
		reg.account.record(repo, tag, &image{digest: digest, mediaType: mediaType, raw: q.manifest})
		if subject := repo.images[digest].manifest().Subject; subject != nil {
			answered.header.Set("Oci-Subject", subject.Digest.String()) // clients need not keep a fallback tag then
		}
	}
	return answered.send
}

// maxManifest is how long a manifest may be.
const maxManifest = 4 << 20

func isDigest(reference string) bool { return strings.Contains(reference, ":") }

// checkPut refuses a tag that must not move, and a digest that is not the manifest's.
func checkPut(repo *repository, reference, tag, digest string) *registryError {
	before, taken := repo.tags[tag]
	switch {
	case tag == "" && reference != digest:
		return &registryError{http.StatusBadRequest, "DIGEST_INVALID", "provided digest did not match uploaded content"}
	case taken && before != digest && repo.mutability == immutable:
		return &registryError{http.StatusBadRequest, "TAG_INVALID", "The image tag '" + tag + "' already exists in the '" + repo.name + "' repository and cannot be overwritten because the tag is immutable."}
	}
	return nil
}

// record remembers a push.
func (a *Account) record(repo *repository, tag string, one *image) {
	a.sequence++
	one.sequence, one.pushed = a.sequence, a.now()
	if repo.images[one.digest] == nil {
		repo.images[one.digest] = one
	}
	if tag != "" {
		repo.tags[tag] = one.digest
	}
}

// remove takes a tag off, or deletes an image with its tags.
func (reg *ociRegistry) remove(q question, repo *repository) http.HandlerFunc {
	one := repo.find(q.reference)
	switch {
	case one == nil:
		return reg.refuse(noImage())
	case isDigest(q.reference):
		reg.deleteImage(repo, one.digest)
	default:
		reg.untag(repo, q.reference)
	}
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }
}

func (reg *ociRegistry) untag(repo *repository, tag string) {
	reg.forward(http.MethodDelete, repo.name, tag, "", nil)
	delete(repo.tags, tag)
}

func (reg *ociRegistry) deleteImage(repo *repository, digest string) {
	for _, tag := range repo.tagsOf(digest) {
		reg.untag(repo, tag)
	}
	reg.forward(http.MethodDelete, repo.name, digest, "", nil)
	delete(repo.images, digest)
}

// forward has the protocol's handler do something with a manifest.
func (reg *ociRegistry) forward(method, repo, reference, mediaType string, body []byte) *recorder {
	answered := newRecorder()
	request, err := http.NewRequest(method, "/v2/"+repo+"/manifests/"+reference, bytes.NewReader(body)) //nolint:noctx // in memory
	if err != nil {
		answered.WriteHeader(http.StatusBadRequest)
		return answered
	}
	request.Header.Set("Content-Type", mediaType)
	reg.handler.ServeHTTP(answered, request)
	return answered
}

// referrers lists what refers to an image. The library's own list gives the media type of the configuration as the
// type of an artifact; the specification wants the artifactType of the manifest first.
func (r *repository) referrers(digest string) v1.IndexManifest {
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{}}
	for _, one := range r.inOrder() {
		m := one.manifest()
		if m.Subject == nil || m.Subject.Digest.String() != digest {
			continue
		}
		if m.ArtifactType == "" {
			m.ArtifactType = string(m.Config.MediaType)
		}
		hash, err := v1.NewHash(one.digest)
		if err != nil {
			continue
		}
		index.Manifests = append(index.Manifests, v1.Descriptor{
			MediaType: types.MediaType(one.mediaType), Size: int64(len(one.raw)), Digest: hash,
			ArtifactType: m.ArtifactType, Annotations: m.Annotations,
		})
	}
	return index
}
