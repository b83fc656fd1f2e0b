package image_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"

	"podsec/engine/image"
)

// world is a registry with images, and keys to sign them with.
type world struct {
	t        testing.TB
	host     string
	registry image.Registry
	keys     map[string]*key
}

// key is a key pair and what signs with it.
type key struct {
	pem    string
	signer signature.SignerVerifier
}

func newWorld(t testing.TB) *world {
	t.Helper()
	server := httptest.NewServer(withArtifactTypes(registry.New(
		registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0)))))
	t.Cleanup(server.Close)
	return &world{t: t, host: strings.TrimPrefix(server.URL, "http://"), keys: map[string]*key{}}
}

// key makes the key of a name, once.
func (w *world) key(name string) *key {
	w.t.Helper()
	if k, ok := w.keys[name]; ok {
		return k
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	signer, err := signature.LoadSignerVerifier(private, crypto.SHA256)
	if err != nil {
		w.t.Fatal(err)
	}
	public, err := cryptoutils.MarshalPublicKeyToPEM(private.Public())
	if err != nil {
		w.t.Fatal(err)
	}
	w.keys[name] = &key{pem: string(public), signer: signer}
	return w.keys[name]
}

// push puts a new image under a reference ("app:v1") and returns its digest.
func (w *world) push(reference string) name.Digest {
	w.t.Helper()
	img, err := random.Image(64, 1)
	if err != nil {
		w.t.Fatal(err)
	}
	tag := w.tag(reference)
	if err := remote.Write(tag, img); err != nil {
		w.t.Fatal(err)
	}
	hash, err := img.Digest()
	if err != nil {
		w.t.Fatal(err)
	}
	return tag.Context().Digest(hash.String())
}

func (w *world) tag(reference string) name.Tag {
	w.t.Helper()
	tag, err := name.NewTag(w.host + "/" + reference)
	if err != nil {
		w.t.Fatal(err)
	}
	return tag
}

func (w *world) signer(name string, formats image.Format) *image.Signer {
	return &image.Signer{Registry: w.registry, Key: w.key(name).signer, Formats: formats}
}

func (w *world) sign(digest name.Digest, by string, formats image.Format) {
	w.t.Helper()
	if err := w.signer(by, formats).Sign(context.Background(), digest, nil); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) attest(digest name.Digest, by string, formats image.Format, kind, predicate string) {
	w.t.Helper()
	signer := w.signer(by, formats)
	statement, err := image.NewStatement(digest, kind, []byte(predicate), epoch)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := signer.Attest(context.Background(), digest, statement); err != nil {
		w.t.Fatal(err)
	}
}

// copyTag copies a signature image to the tag of another image.
func (w *world) copyTag(from, to name.Tag) {
	w.t.Helper()
	img, err := remote.Image(from)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := remote.Write(to, img); err != nil {
		w.t.Fatal(err)
	}
}

// withArtifactTypes corrects the referrers of go-containerregistry's registry, which gives the config's media type
// where the manifest has an artifactType of its own.
func withArtifactTypes(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.URL.Path, "/referrers/") {
			next.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		var index v1.IndexManifest
		if json.Unmarshal(answer.Body.Bytes(), &index) == nil {
			repository, _, _ := strings.Cut(r.URL.Path, "/referrers/")
			for i := range index.Manifests {
				index.Manifests[i].ArtifactType = artifactType(next, repository, index.Manifests[i].Digest)
			}
		}
		for header, values := range answer.Header() {
			w.Header()[header] = values
		}
		w.Header().Del("Content-Length")
		w.WriteHeader(answer.Code)
		_ = json.NewEncoder(w).Encode(index)
	})
}

func artifactType(registry http.Handler, repository string, digest v1.Hash) string {
	answer := httptest.NewRecorder()
	registry.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, repository+"/manifests/"+digest.String(), nil))
	manifest, err := v1.ParseManifest(bytes.NewReader(answer.Body.Bytes()))
	if err != nil {
		return ""
	}
	if manifest.ArtifactType == "" {
		return string(manifest.Config.MediaType)
	}
	return manifest.ArtifactType
}

// secrets are Secrets by "namespace/name".
type secrets map[string]map[string][]byte

// Secret implements image.Secrets.
func (s secrets) Secret(_ context.Context, namespace, name string) (map[string][]byte, error) {
	if data, ok := s[namespace+"/"+name]; ok {
		return data, nil
	}
	return nil, errors.New(`secrets "` + name + `" not found`)
}

// service is a key management service by URI.
type service map[string]signature.SignerVerifier

// Key implements image.KMS.
func (s service) Key(_ context.Context, uri string, _ crypto.Hash) (signature.SignerVerifier, error) {
	if key, ok := s[uri]; ok {
		return key, nil
	}
	return nil, errors.New("NotFoundException: " + uri)
}
