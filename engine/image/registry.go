package image

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Registry is how registries are reached. The zero Registry goes to the network, as nobody.
type Registry struct {
	// Remote are the options of every request: the transport, the keychain.
	Remote []remote.Option
	// Names are the options with which references are read (name.Insecure for plain HTTP).
	Names []name.Option
	// Repository holds the signatures when they are not beside the image; nil is beside it.
	Repository *name.Repository
}

// In returns the registry with signatures in another repository.
func (r Registry) In(repository name.Repository) Registry {
	r.Repository = &repository
	return r
}

// Parse reads an image reference.
func (r Registry) Parse(reference string) (name.Reference, error) {
	return name.ParseReference(reference, r.Names...)
}

// Resolve returns what a reference names now, with its digest. A reference with a digest is not looked up.
func (r Registry) Resolve(ctx context.Context, ref name.Reference) (name.Digest, error) {
	if digest, ok := ref.(name.Digest); ok {
		return digest, nil
	}
	// A HEAD has no message to fail with, so what HEAD refuses is asked for again with GET.
	found, err := remote.Get(ref, r.options(ctx)...)
	if err != nil {
		return name.Digest{}, err
	}
	return ref.Context().Digest(found.Digest.String()), nil
}

// describe returns the descriptor of a manifest.
func (r Registry) describe(ctx context.Context, ref name.Reference) (*v1.Descriptor, error) {
	if found, err := remote.Head(ref, r.options(ctx)...); err == nil {
		return found, nil
	}
	found, err := remote.Get(ref, r.options(ctx)...)
	if err != nil {
		return nil, err
	}
	return &found.Descriptor, nil
}

func (r Registry) options(ctx context.Context) []remote.Option {
	return append(slices.Clone(r.Remote), remote.WithContext(ctx))
}

// home is the repository of an image's signatures.
func (r Registry) home(digest name.Digest) name.Repository {
	if r.Repository != nil {
		return *r.Repository
	}
	return digest.Context()
}

// The suffixes of cosign's tags.
const (
	signatureSuffix   = "sig"
	attestationSuffix = "att"
	sbomSuffix        = "sbom"
)

// Tag is where cosign keeps something of an image: "repository:sha256-<hex>.<suffix>", without the suffix when it is
// empty.
func (r Registry) Tag(digest name.Digest, suffix string) name.Tag {
	tag := strings.ReplaceAll(digest.DigestStr(), ":", "-")
	if suffix != "" {
		tag += "." + suffix
	}
	return r.home(digest).Tag(tag)
}

// SignatureTag is the tag of an image's signatures.
func (r Registry) SignatureTag(digest name.Digest) name.Tag { return r.Tag(digest, signatureSuffix) }

// AttestationTag is the tag of an image's attestations.
func (r Registry) AttestationTag(digest name.Digest) name.Tag {
	return r.Tag(digest, attestationSuffix)
}

// isNotFound says whether a registry answered that it does not have something.
func isNotFound(err error) bool {
	answer := (*transport.Error)(nil)
	return errors.As(err, &answer) && answer.StatusCode == 404
}

// maxReferrers is how many referrers of an image Kyverno looks at before it gives up.
const maxReferrers = 50

// referrers lists the manifests that refer to an image.
func (r Registry) referrers(ctx context.Context, digest name.Digest) ([]v1.Descriptor, error) {
	index, err := remote.Referrers(r.home(digest).Digest(digest.DigestStr()), r.options(ctx)...)
	if err != nil {
		return nil, err
	}
	list, err := index.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("read referrers of %s: %w", digest, err)
	}
	return list.Manifests, nil
}
