package docker

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/random"
)

// shelf is a store with images of random content.
type shelf struct {
	*testing.T
	*store
	folder string
}

func newShelf(t *testing.T) *shelf {
	s := &shelf{T: t, folder: filepath.Join(t.TempDir(), "images")}
	s.open()
	return s
}

func (s *shelf) open() {
	s.Helper()
	var err error
	s.store, err = openStore(s.folder)
	s.must(err)
}

func (s *shelf) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// put stores a new image under names.
func (s *shelf) put(names ...string) v1.Hash {
	s.Helper()
	img, err := random.Image(16, 1)
	s.must(err)
	s.must(s.path.WriteImage(img))
	d, err := partial.Descriptor(img)
	s.must(err)
	for _, text := range names {
		tag, err := name.NewTag(text)
		s.must(err)
		s.must(s.names(tag, *d))
	}
	return d.Digest
}

// list is what the store holds, as "name digest".
func (s *shelf) list() []string {
	s.Helper()
	all, err := s.all()
	s.must(err)
	var out []string
	for _, one := range all {
		out = append(out, familiar(one.ref)+" "+one.descriptor.Digest.Hex[:6])
	}
	return out
}

func (s *shelf) wants(want ...string) {
	s.Helper()
	if got := s.list(); !slices.Equal(got, want) {
		s.Errorf("the store has %q, want %q", got, want)
	}
}

// TestNamesMove: a name is of one image at a time, and what is stored is there when the store is opened again.
func TestNamesMove(t *testing.T) {
	s := newShelf(t)
	first := s.put("shop:v1", "shop:latest")
	second := s.put("shop:v2", "shop:latest")
	want := []string{"shop:latest " + second.Hex[:6], "shop:v1 " + first.Hex[:6], "shop:v2 " + second.Hex[:6]}
	s.wants(want...)
	s.open()
	s.wants(want...)
	tags, digests, err := s.namesOf(second)
	s.must(err)
	if !slices.Equal(tags, []string{"shop:latest", "shop:v2"}) || !slices.Equal(digests, []string{"shop@" + second.String()}) {
		t.Errorf("names %q, %q", tags, digests)
	}
	latest, err := name.NewTag("shop:latest")
	s.must(err)
	s.must(s.forget(latest))
	s.must(s.forget(latest)) // it is gone already
	s.wants(want[1:]...)
}

// TestFind: an image is found by its name, its name with the digest, its id and the beginning of that.
func TestFind(t *testing.T) {
	s := newShelf(t)
	digest := s.put("registry.example/team/shop:v1")
	s.put("other")
	for text, found := range map[string]bool{
		"registry.example/team/shop:v1":                  true,
		"registry.example/team/shop@" + digest.String():  true,
		"registry.example/team/other@" + digest.String(): false,
		"registry.example/team/shop":                     false,
		digest.String():                                  true,
		digest.Hex:                                       true,
		digest.Hex[:12]:                                  true,
		digest.Hex[:4]:                                   true,
		digest.Hex[:3]:                                   false,
		"team/shop:v1":                                   false,
		"":                                               false,
		"Shop":                                           false,
		"sha256:" + strings.Repeat("0", 64):              false,
		"registry.example/team/shop:v1@" + digest.String():   true,
		"registry.example/team/shop:v2@" + digest.String():   true, // the digest decides
		"registry.example/team/shop:v1@sha256:" + digest.Hex: true,
	} {
		one, err := s.find(text)
		s.must(err)
		if (one != nil) != found {
			t.Errorf("%q: found %v", text, one)
		}
		if one != nil && one.id() != digest.String() {
			t.Errorf("%q: found %s", text, one.id())
		}
	}
}

// TestNamed: a name is told from an id, whatever is left out of it.
func TestNamed(t *testing.T) {
	s := newShelf(t)
	digest := s.put("index.docker.io/library/shop:latest")
	all, err := s.all()
	s.must(err)
	for text, named := range map[string]bool{
		"shop": true, "shop:latest": true, "docker.io/library/shop": true, "library/shop:latest": true,
		"shop:v1": false, digest.Hex: false, digest.Hex[:12]: false, "shop@" + digest.String(): false,
	} {
		if got := all[0].named(text); got != named {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// TestBrokenStore: a folder that holds something else is an error, not an empty store.
func TestBrokenStore(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "images")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "index.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := openStore(folder)
	if err == nil {
		_, err = s.all()
	}
	if err == nil || !strings.Contains(err.Error(), "image store") {
		t.Errorf("the error is %v", err)
	}
}

// TestStoreIsPrivate: nobody else may look into the folder that is made.
func TestStoreIsPrivate(t *testing.T) {
	s := newShelf(t)
	info, err := os.Stat(s.folder)
	s.must(err)
	if info.Mode().Perm()&0o077 != 0 {
		t.Errorf("mode %v", info.Mode())
	}
}
