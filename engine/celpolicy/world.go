package celpolicy

import (
	"errors"
	"fmt"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/kyverno/sdk/extensions/cel/libs/globalcontext"
	"github.com/kyverno/sdk/extensions/cel/libs/http"
	"github.com/kyverno/sdk/extensions/cel/libs/imagedata"
	"github.com/kyverno/sdk/extensions/cel/libs/resource"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Surroundings are what expressions can reach beside their request.
type Surroundings interface {
	resource.ContextInterface
	globalcontext.ContextInterface
	imagedata.ContextInterface
	// HTTP makes the calls of expressions.
	HTTP() http.ContextInterface
}

var _ Surroundings = (*World)(nil)

// World are surroundings that are known beforehand. Nothing outside is called: what is not here is an error.
type World struct {
	// Resources are what resource.Get and resource.List find, with the resource that names their kind in a path.
	Resources []Resource
	// Globals are the global context entries.
	Globals map[string]any
	// Images is what image.GetMetadata says of an image.
	Images map[string]map[string]any
	// Calls are the answers to HTTP calls, by URL or "METHOD:URL".
	Calls map[string]any
}

// Resource is an object and the resource under which the API server has it.
type Resource struct {
	Plural schema.GroupVersionResource
	Object *unstructured.Unstructured
}

var errOutside = errors.New("nothing outside is called here")

// GetGlobalReference returns a global context entry or, with a projection, one of its fields; nil when there is no such
// entry.
func (w *World) GetGlobalReference(name, projection string) (any, error) {
	data, ok := w.Globals[name]
	if !ok || projection == "" {
		return data, nil
	}
	fields, ok := data.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("projection %q not found in global context entry %q: stored value is not an object", projection, name)
	}
	value, ok := fields[projection]
	if !ok {
		return nil, fmt.Errorf("projection %q not found in global context entry %q", projection, name)
	}
	return value, nil
}

// GetImageData returns what is known of an image.
func (w *World) GetImageData(image string, _ []remote.Option) (map[string]any, error) {
	data, ok := w.Images[image]
	if !ok {
		return nil, fmt.Errorf("image data for %s not found in the context", image)
	}
	return data, nil
}

// find returns the objects of a resource; known is false when there is none at all, of any namespace.
func (w *World) find(apiVersion, plural string, wanted func(*unstructured.Unstructured) bool) (found []unstructured.Unstructured, known bool, err error) {
	version, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return nil, false, err
	}
	for _, r := range w.Resources {
		if r.Plural != version.WithResource(plural) {
			continue
		}
		known = true
		if wanted(r.Object) {
			found = append(found, *r.Object)
		}
	}
	return found, known, nil
}

// ListResources returns the objects of a namespace with some labels.
func (w *World) ListResources(apiVersion, plural, namespace string, wanted map[string]string) (*unstructured.UnstructuredList, error) {
	selector := labels.SelectorFromSet(wanted)
	found, known, err := w.find(apiVersion, plural, func(o *unstructured.Unstructured) bool {
		return o.GetNamespace() == namespace && selector.Matches(labels.Set(o.GetLabels()))
	})
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, apierrors.NewBadRequest(fmt.Sprintf("%s resource not found", groupResource(apiVersion, plural)))
	}
	return &unstructured.UnstructuredList{Items: found}, nil
}

// GetResource returns one object.
func (w *World) GetResource(apiVersion, plural, namespace, name string) (*unstructured.Unstructured, error) {
	found, _, err := w.find(apiVersion, plural, func(o *unstructured.Unstructured) bool {
		return o.GetNamespace() == namespace && o.GetName() == name
	})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, apierrors.NewNotFound(groupResource(apiVersion, plural), name)
	}
	return &found[0], nil
}

func groupResource(apiVersion, plural string) schema.GroupResource {
	version, _ := schema.ParseGroupVersion(apiVersion) //nolint:errcheck // was parsed before
	return version.WithResource(plural).GroupResource()
}

// PostResource makes nothing.
func (w *World) PostResource(string, string, string, map[string]any) (*unstructured.Unstructured, error) {
	return nil, errOutside
}

// ToGVR returns the resource of a kind that is known.
func (w *World) ToGVR(apiVersion, kind string) (*schema.GroupVersionResource, error) {
	for _, r := range w.Resources {
		if r.Object.GetAPIVersion() == apiVersion && r.Object.GetKind() == kind {
			return &r.Plural, nil
		}
	}
	return nil, fmt.Errorf("no matches for kind %q in version %q", kind, apiVersion)
}

// HTTP implements Surroundings.
func (w *World) HTTP() http.ContextInterface { return calls{w.Calls} }

// calls answers HTTP calls from what a world knows.
type calls struct{ answers map[string]any }

func (c calls) answer(method, url string) (any, error) {
	for _, key := range []string{method + ":" + url, url} {
		if answer, ok := c.answers[key]; ok {
			return answer, nil
		}
	}
	return nil, errOutside
}

// Get implements http.ContextInterface.
func (c calls) Get(url string, _ map[string]string) (any, error) { return c.answer("GET", url) }

// Post implements http.ContextInterface.
func (c calls) Post(url string, _ any, _ map[string]string) (any, error) {
	return c.answer("POST", url)
}

// Client implements http.ContextInterface.
func (c calls) Client(string) (http.ContextInterface, error) { return c, nil }
