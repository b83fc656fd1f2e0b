package docker

import (
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// parse reads the name of an image; what is wrong with it is said in docker's words.
func parse(text string) (name.Reference, error) {
	ref, err := name.ParseReference(text)
	switch {
	case err == nil:
		return ref, nil
	case strings.ToLower(text) != text:
		path, _, _ := strings.Cut(text, ":")
		if !strings.Contains(path, "/") {
			path = "library/" + path
		}
		return nil, failure("invalid reference format: repository name (" + path + ") must be lowercase")
	}
	return nil, failure("invalid reference format")
}

// familiar is a name as docker shows it: without Docker Hub's host, and its own folder.
func familiar(ref name.Reference) string {
	text := familiarRepository(ref.Context())
	if tag, ok := ref.(name.Tag); ok {
		return text + ":" + tag.TagStr()
	}
	return text + "@" + ref.Identifier()
}

func familiarRepository(repo name.Repository) string {
	if repo.RegistryStr() == name.DefaultRegistry {
		return strings.TrimPrefix(repo.RepositoryStr(), "library/")
	}
	return repo.Name()
}

// canonical is a name in full, with the host that docker gives Docker Hub.
func canonical(ref name.Reference) string {
	text := ref.Name()
	if ref.Context().RegistryStr() == name.DefaultRegistry {
		text = "docker.io" + strings.TrimPrefix(text, name.DefaultRegistry)
	}
	return text
}

// untagged says whether a name leaves the tag to docker.
func untagged(text string, ref name.Reference) bool {
	tag, ok := ref.(name.Tag)
	return ok && !strings.HasSuffix(text, ":"+tag.TagStr())
}
