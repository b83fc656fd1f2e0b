package cloud_test

import (
	"crypto"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecr"
	kmssdk "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/sigstore/sigstore/pkg/signature"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"podsec/engine/image"
	"podsec/kube/kms"
	"podsec/kube/sim"
	"podsec/kube/sim/aws"
	"podsec/kube/sim/cloud"
)

// patience is how long to wait for what must come, on a machine that does much else.
const patience = time.Minute

var (
	pods     = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	policies = schema.GroupVersionResource{Group: "kyverno.io", Version: "v1", Resource: "clusterpolicies"}
)

const (
	team  = "111122223333.dkr.ecr.us-east-1.amazonaws.com/team"
	alias = "awskms:///alias/image-signing"
)

// world is a cluster with Kyverno in an account with a repository and a key.
type world struct {
	testing.TB
	*cloud.Cloud
	client dynamic.Interface
	key    signature.SignerVerifier
	public string // the key as PEM
	seen   *int   // images that were made
}

func newWorld(t testing.TB) *world {
	t.Helper()
	c, err := cloud.Start(t.Context(), cloud.Options{Cluster: sim.Options{Start: sim.Baseline{Kyverno: true}}})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, Cloud: c, seen: new(int)}
	t.Cleanup(func() { w.must(c.Close()) })
	config := rest.CopyConfig(c.Config())
	config.WarningHandler, config.QPS = rest.NoWarnings{}, -1
	w.client, err = dynamic.NewForConfig(config)
	w.must(err)
	w.repository("team")
	keys := kms.New(c.Account.Config())
	public, err := keys.Create(t.Context(), alias)
	w.must(err)
	w.public = string(public)
	w.key, err = keys.Key(t.Context(), alias, crypto.SHA256)
	w.must(err)
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) repository(name string) {
	w.Helper()
	_, err := ecr.NewFromConfig(w.Account.Config()).CreateRepository(w.Context(), &ecr.CreateRepositoryInput{RepositoryName: &name})
	w.must(err)
}

func (w *world) remote() remote.Option { return remote.WithTransport(w.Account.Transport()) }

func (w *world) registry() image.Registry {
	return image.Registry{Remote: []remote.Option{w.remote()}}
}

func (w *world) tag(reference string) name.Tag {
	w.Helper()
	tag, err := name.NewTag(reference)
	w.must(err)
	return tag
}

// push puts an image that did not exist before under a tag of the team's repository.
func (w *world) push(tag string) name.Digest {
	w.Helper()
	*w.seen++
	index, err := aws.BuildImage(fmt.Sprintf("image %d", *w.seen))
	w.must(err)
	ref := w.tag(team + ":" + tag)
	w.must(remote.WriteIndex(ref, index, w.remote()))
	hash, err := index.Digest()
	w.must(err)
	return ref.Context().Digest(hash.String())
}

func (w *world) sign(digest name.Digest, key signature.SignerVerifier, formats image.Format) {
	w.Helper()
	w.must((&image.Signer{Registry: w.registry(), Key: key, Formats: formats}).Sign(w.Context(), digest, nil))
}

// apply replaces the policy by one with these entries of verifyImages, and waits until it is in force. {key} stands for
// the key without logs.
func (w *world) apply(entry string) {
	w.Helper()
	offline := "rekor: {url: https://rekor.sigstore.dev, ignoreTlog: true}, ctlog: {ignoreSCT: true}"
	pem := `publicKeys: "` + strings.ReplaceAll(w.public, "\n", `\n`) + `"`
	entry = strings.NewReplacer("{key}", "{"+pem+", "+offline+"}", "{published}", "{"+pem+"}", "{kms}", "{kms: "+alias+", "+offline+"}").Replace(entry)
	text := `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: signed}
spec:
  background: false
  rules:
  - name: by-the-team
    match: {any: [{resources: {kinds: [Pod]}}]}
    verifyImages:
    - imageReferences: ["*"]
      failureAction: Enforce
      ` + strings.ReplaceAll(strings.TrimSpace(entry), "\n", "\n      ")
	object := &unstructured.Unstructured{}
	w.must(yaml.Unmarshal([]byte(text), &object.Object))
	// Only a new policy says when it is in force; one that was updated is ready all the time.
	if err := w.client.Resource(policies).Delete(w.Context(), "signed", metav1.DeleteOptions{}); !apierrors.IsNotFound(err) {
		w.must(err)
	}
	_, err := w.client.Resource(policies).Create(w.Context(), object, metav1.CreateOptions{})
	w.must(err)
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		stored, err := w.client.Resource(policies).Get(w.Context(), "signed", metav1.GetOptions{})
		w.must(err)
		conditions, _, _ := unstructured.NestedSlice(stored.Object, "status", "conditions")
		if slices.ContainsFunc(conditions, func(c any) bool { return c.(map[string]any)["status"] == "True" }) {
			return
		}
		if time.Now().After(deadline) {
			w.Fatalf("the policy is not ready: %v", conditions)
		}
	}
}

// run creates a pod with an image.
func (w *world) run(pod, image string) (*unstructured.Unstructured, error) {
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": pod, "namespace": "default"},
		"spec": map[string]any{"containers": []any{map[string]any{"name": "web", "image": image}}},
	}}
	return w.client.Resource(pods).Namespace("default").Create(w.Context(), object, metav1.CreateOptions{})
}

func imageOf(pod *unstructured.Unstructured) string {
	containers, _, _ := unstructured.NestedSlice(pod.Object, "spec", "containers")
	image, _ := containers[0].(map[string]any)["image"].(string)
	return image
}

// denied wants a pod to be refused by the mutating webhook, with a message.
func (w *world) denied(pod, image, message string) {
	w.Helper()
	_, err := w.run(pod, image)
	want := "admission webhook \"mutate.kyverno.svc-fail\" denied the request: \n\nresource Pod/default/" + pod +
		" was blocked due to the following policies \n\nsigned:\n  by-the-team: '" + message + "'"
	if err == nil || strings.TrimSpace(err.Error()) != want {
		w.Errorf("%s: got\n%v\nwant\n%s", pod, err, want)
	}
}

// admitted wants a pod to be created, with its tag turned into a digest.
func (w *world) admitted(pod, image string, digest name.Digest) *unstructured.Unstructured {
	w.Helper()
	created, err := w.run(pod, image)
	if err != nil {
		w.Errorf("%s: %v", pod, err)
		return &unstructured.Unstructured{}
	}
	if got, want := imageOf(created), image+"@"+digest.DigestStr(); got != want {
		w.Errorf("%s: image %s, want %s", pod, got, want)
	}
	return created
}

const byTheTeam = "attestors: [{entries: [{keys: {key}}]}]"

// TestSignedImage: what the policy of a workshop does to signed and to unsigned images, in a cluster in an account.
func TestSignedImage(t *testing.T) {
	w := newWorld(t)
	digest := w.push("v1")
	w.sign(digest, w.key, image.Tags)
	w.apply("attestors: [{entries: [{keys: {published}}]}]")
	w.denied("logged", team+":v1", "failed to verify image "+team+":v1: .attestors[0].entries[0].keys: failed to load Rekor public keys: "+
		"updating local metadata and targets: error updating to TUF remote mirror: tuf: failed to download 13.root.json: "+
		`Get "https://tuf-repo-cdn.sigstore.dev/13.root.json": dial tcp: lookup tuf-repo-cdn.sigstore.dev on 10.96.0.10:53: no such host`)

	w.apply(byTheTeam)
	created := w.admitted("signed", team+":v1", digest)
	annotations := created.GetAnnotations()
	if got, want := annotations["kyverno.io/verify-images"], `{"`+digest.String()+`":"pass"}`; got != want {
		t.Errorf("annotation %s, want %s", got, want)
	}
	if got, want := annotations["kyverno.io/verify-images-scoped"], `{"version":1,"policies":{"/signed":{"by-the-team":{"`+digest.String()+`":"pass"}}}}`; got != want {
		t.Errorf("annotation %s, want %s", got, want)
	}
	w.denied("unsigned", "public.ecr.aws/nginx/nginx:1.29", "failed to verify image public.ecr.aws/nginx/nginx:1.29: .attestors[0].entries[0].keys: no signatures found")
	w.denied("nothing", team+":none", "failed to verify image "+team+":none: .attestors[0].entries[0].keys: image tag not found: "+
		"GET https://111122223333.dkr.ecr.us-east-1.amazonaws.com/v2/team/manifests/none: MANIFEST_UNKNOWN: Requested image not found")
}

// TestTagMoves: a tag that moved is admitted for as long as the name is remembered, and no longer than that.
func TestTagMoves(t *testing.T) {
	w := newWorld(t)
	good := w.push("latest")
	w.sign(good, w.key, image.Tags)
	w.apply(byTheTeam)
	w.admitted("before", team+":latest", good)
	bad := w.push("latest")
	w.admitted("remembered", team+":latest", bad)
	w.apply("useCache: false\n" + byTheTeam)
	w.denied("forgotten", team+":latest", "failed to verify image "+team+":latest: .attestors[0].entries[0].keys: no signatures found")
}

// TestReset: cluster and account go back to their beginning together, and so does what commands remember.
func TestReset(t *testing.T) {
	w := newWorld(t)
	w.push("v1")
	folder := filepath.Dir(w.Kubeconfig())
	for _, name := range []string{"docker", "images"} {
		w.must(os.MkdirAll(filepath.Join(folder, name), 0o700))
	}
	w.must(w.Reset(t.Context(), sim.Baseline{}))
	if list, err := ecr.NewFromConfig(w.Account.Config()).DescribeRepositories(t.Context(), nil); err != nil || len(list.Repositories) > 0 {
		t.Errorf("repositories %v, %v", list, err)
	}
	if list, err := kmssdk.NewFromConfig(w.Account.Config()).ListKeys(t.Context(), nil); err != nil || len(list.Keys) > 0 {
		t.Errorf("keys %v, %v", list, err)
	}
	if _, err := w.client.Resource(policies).List(t.Context(), metav1.ListOptions{}); err == nil {
		t.Error("Kyverno is still installed")
	}
	for _, name := range []string{"docker", "images"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err == nil {
			t.Errorf("the folder %s is still there", name)
		}
	}
}
