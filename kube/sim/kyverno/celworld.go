package kyverno

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/kyverno/sdk/extensions/cel/libs/http"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine/celpolicy"
)

// world is what the expressions of policies can reach: the cluster, and nothing beyond it.
type world struct{ k *Kyverno }

var _ celpolicy.Surroundings = world{}

// errBeyond is what reaching for something outside of the cluster comes to.
var errBeyond = errors.New("nothing outside of the cluster is called")

// maxPosting is how many objects expressions may be creating at one time, each because of the one before.
const maxPosting = 8

// errPosting is what an expression comes to that would create one more.
var errPosting = fmt.Errorf("expressions are creating %d objects already", maxPosting)

// found returns the resource that an expression names, or the API server's word that there is none.
func (w world) found(apiVersion, plural string) (resource, error) {
	version, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return resource{}, err
	}
	r, served := w.k.discovery.kindOf(version.WithResource(plural))
	if !served {
		return resource{}, apierrors.NewGenericServerResponse(404, "get", version.WithResource(plural).GroupResource(), "", "", 0, true)
	}
	return r, nil
}

// ListResources returns the objects of a namespace ("" is all) with some labels.
func (w world) ListResources(apiVersion, plural, namespace string, wanted map[string]string) (*unstructured.UnstructuredList, error) {
	r, err := w.found(apiVersion, plural)
	if err != nil {
		return nil, err
	}
	stored, err := w.k.client.List(context.Background(), r.gvr, namespace, labels.SelectorFromSet(wanted))
	if err != nil {
		return nil, err
	}
	list := &unstructured.UnstructuredList{Object: map[string]any{
		"apiVersion": apiVersion, "kind": r.kind + "List", "metadata": map[string]any{"resourceVersion": ""},
	}}
	for _, object := range stored {
		list.Items = append(list.Items, *object)
	}
	return list, nil
}

// GetResource returns one object.
func (w world) GetResource(apiVersion, plural, namespace, name string) (*unstructured.Unstructured, error) {
	r, err := w.found(apiVersion, plural)
	if err != nil {
		return nil, err
	}
	return w.k.client.Get(context.Background(), r.gvr, namespace, name)
}

// PostResource creates an object, as the admission controller. What it creates is judged too, maybe by the policy that creates
// it: Kyverno goes on until a webhook's time is over, here it ends sooner.
func (w world) PostResource(apiVersion, plural, namespace string, data map[string]any) (*unstructured.Unstructured, error) {
	defer w.k.posting.Add(-1)
	if w.k.posting.Add(1) > maxPosting {
		return nil, errPosting
	}
	r, err := w.found(apiVersion, plural)
	if err != nil {
		return nil, err
	}
	client := w.k.client
	if controller, ok := w.k.deployed(admissionController); ok {
		client = client.As(controller.user(), controller.group())
	}
	object := &unstructured.Unstructured{Object: data}
	if r.namespaced {
		object.SetNamespace(namespace)
	}
	return client.Create(context.Background(), r.gvr, object, metav1.CreateOptions{})
}

// ToGVR returns the resource of a kind.
func (w world) ToGVR(apiVersion, kind string) (*schema.GroupVersionResource, error) {
	r, served := w.k.discovery.kindFor(apiVersion, kind)
	if !served {
		return nil, fmt.Errorf("no matches for kind %q in version %q", kind, apiVersion)
	}
	return &r.gvr, nil
}

// GetGlobalReference returns nil, as Kyverno does for an entry that there is not: no entry is ever filled.
func (world) GetGlobalReference(string, string) (any, error) { return nil, nil } //nolint:nilnil // the contract of the library

// GetImageData fails: registries are reached for verifyImages only.
func (world) GetImageData(string, []remote.Option) (map[string]any, error) { return nil, errBeyond }

// HTTP makes no calls.
func (world) HTTP() http.ContextInterface { return noCalls{} }

// noCalls answers no HTTP call.
type noCalls struct{}

// Get implements http.ContextInterface.
func (noCalls) Get(string, map[string]string) (any, error) { return nil, errBeyond }

// Post implements http.ContextInterface.
func (noCalls) Post(string, any, map[string]string) (any, error) { return nil, errBeyond }

// Client implements http.ContextInterface.
func (u noCalls) Client(string) (http.ContextInterface, error) { return u, nil }
