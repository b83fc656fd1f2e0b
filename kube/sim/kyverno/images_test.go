package kyverno

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/image"
)

// ecr is a network with one registry in it.
type ecr struct{ handler http.Handler }

const ecrHost = "registry.example"

func newECR() ecr {
	return ecr{registry.New(registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0)))}
}

// RoundTrip implements http.RoundTripper.
func (e ecr) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != ecrHost {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: r.URL.Hostname(), IsNotFound: true}}
	}
	served := r.Clone(r.Context())
	if served.Body == nil {
		served.Body = http.NoBody
	}
	answer := httptest.NewRecorder()
	e.handler.ServeHTTP(answer, served)
	out := answer.Result()
	out.Request = r
	return out, nil
}

// push puts a new image under a tag and returns its digest.
func (e ecr) push(t testing.TB, tag string) name.Digest {
	t.Helper()
	img, err := random.Image(16, 1)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := name.NewTag(ecrHost + "/" + tag)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, img, remote.WithTransport(e)); err != nil {
		t.Fatal(err)
	}
	hash, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return ref.Context().Digest(hash.String())
}

// newKey makes a key and its public half as PEM.
func newKey(t testing.TB) (signature.SignerVerifier, string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := signature.LoadSignerVerifier(private, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	public, err := cryptoutils.MarshalPublicKeyToPEM(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	return key, string(public)
}

// keyPolicy enforces that images are signed by a key, given as a YAML flow ("publicKeys: …").
func keyPolicy(key string) string {
	return `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: signed}
spec:
  validationFailureAction: Enforce
  background: false
  rules:
  - name: by-key
    match: {any: [{resources: {kinds: [Pod]}}]}
    verifyImages:
    - imageReferences: ["*"]
      attestors:
      - entries:
        - keys: {` + key + `, rekor: {url: "https://rekor.sigstore.dev", ignoreTlog: true}, ctlog: {ignoreSCT: true}}
`
}

func inline(pem string) string {
	return `publicKeys: "` + strings.ReplaceAll(pem, "\n", `\n`) + `"`
}

func podOf(name, image string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": name, "namespace": "team"},
		"spec": map[string]any{"containers": []any{map[string]any{"name": "web", "image": image}}},
	}}
}

// TestSignedImages: a signed image is admitted with its digest and what Kyverno notes of it, others are not.
func TestSignedImages(t *testing.T) {
	network := newECR()
	key, public := newKey(t)
	digest := network.push(t, "app:v1")
	signer := image.Signer{Registry: image.Registry{Remote: []remote.Option{remote.WithTransport(network)}}, Key: key}
	if err := signer.Sign(t.Context(), digest, nil); err != nil {
		t.Fatal(err)
	}
	network.push(t, "app:unsigned")
	c := newKyvernoClusterOn(t, network)
	c.applyPolicies(keyPolicy(inline(public)))

	created, err := c.client.Create(t.Context(), podsResource, podOf("signed", ecrHost+"/app:v1"), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	containers, _, _ := unstructured.NestedSlice(created.Object, "spec", "containers")
	if got, want := containers[0].(map[string]any)["image"], ecrHost+"/app:v1@"+digest.DigestStr(); got != want {
		t.Errorf("image %s, want %s", got, want)
	}
	if got, want := created.GetAnnotations()["kyverno.io/verify-images"], `{"`+digest.String()+`":"pass"}`; got != want {
		t.Errorf("annotation %s, want %s", got, want)
	}
	_, err = c.client.Create(t.Context(), podsResource, podOf("unsigned", ecrHost+"/app:unsigned"), metav1.CreateOptions{})
	want := `admission webhook "mutate.kyverno.svc-fail" denied the request: 

resource Pod/team/unsigned was blocked due to the following policies 

signed:
  by-key: 'failed to verify image registry.example/app:unsigned: .attestors[0].entries[0].keys: no signatures found'
`
	if err == nil || strings.TrimSpace(err.Error()) != strings.TrimSpace(want) {
		t.Errorf("error\n%v\nwant\n%s", err, want)
	}
}

// TestKeyInSecret: the key may be kept in a Secret of the cluster.
func TestKeyInSecret(t *testing.T) {
	network := newECR()
	key, public := newKey(t)
	signer := image.Signer{Registry: image.Registry{Remote: []remote.Option{remote.WithTransport(network)}}, Key: key}
	if err := signer.Sign(t.Context(), network.push(t, "app:v1"), nil); err != nil {
		t.Fatal(err)
	}
	secret := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": "cosign", "namespace": "team"},
		"stringData": map[string]any{"cosign.pub": public},
	}}
	c := newKyvernoClusterOn(t, network)
	if _, err := c.client.Create(t.Context(), secrets, secret, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	c.applyPolicies(keyPolicy("secret: {name: cosign, namespace: team}"))
	if _, err := c.client.Create(t.Context(), podsResource, podOf("signed", ecrHost+"/app:v1"), metav1.CreateOptions{}); err != nil {
		t.Error(err)
	}
}

// TestConcurrentAdmission: many signed images at once each get their own digest.
func TestConcurrentAdmission(t *testing.T) {
	network := newECR()
	key, public := newKey(t)
	signer := image.Signer{Registry: image.Registry{Remote: []remote.Option{remote.WithTransport(network)}}, Key: key, Formats: image.Tags}
	digests := make([]name.Digest, 8)
	for i := range digests {
		digests[i] = network.push(t, fmt.Sprintf("app:v%d", i))
		if err := signer.Sign(t.Context(), digests[i], nil); err != nil {
			t.Fatal(err)
		}
	}
	c := newKyvernoClusterOn(t, network)
	c.applyPolicies(keyPolicy(inline(public)))
	var all sync.WaitGroup
	for n := range 200 {
		all.Go(func() {
			i := n % len(digests)
			created, err := c.client.Create(t.Context(), podsResource, podOf(fmt.Sprintf("pod-%d", n), fmt.Sprintf("%s/app:v%d", ecrHost, i)), metav1.CreateOptions{})
			if err != nil {
				t.Error(err)
				return
			}
			containers, _, _ := unstructured.NestedSlice(created.Object, "spec", "containers")
			if got := containers[0].(map[string]any)["image"].(string); !strings.HasSuffix(got, "@"+digests[i].DigestStr()) {
				t.Errorf("pod-%d has %s, want %s", n, got, digests[i])
			}
		})
	}
	all.Wait()
}
