package process

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine"
	"podsec/engine/celpolicy"
)

// Constrained are the resources that a policy's matchConstraints name. As in the Kyverno CLI, those of policies of a
// namespace that validate do not count, nor do subresources and what names any group, version or resource.
func Constrained(policy *unstructured.Unstructured) []schema.GroupVersionResource {
	if slices.Contains([]string{"NamespacedValidatingPolicy", "NamespacedImageValidatingPolicy"}, policy.GetKind()) {
		return nil
	}
	written, _, _ := unstructured.NestedMap(policy.Object, "spec", "matchConstraints") //nolint:errcheck // then there are none
	var constraints admissionregistrationv1.MatchResources
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(written, &constraints); err != nil {
		return nil
	}
	var found []schema.GroupVersionResource
	for _, rule := range constraints.ResourceRules {
		for _, group := range rule.APIGroups {
			for _, version := range rule.APIVersions {
				for _, resource := range rule.Resources {
					if group != "*" && version != "*" && !strings.ContainsAny(resource, "*/") {
						found = append(found, schema.GroupVersionResource{Group: group, Version: version, Resource: resource})
					}
				}
			}
		}
	}
	return found
}

// clusterWorld is what expressions find in a cluster.
type clusterWorld struct {
	celpolicy.World
	ctx context.Context //nolint:containedctx // functions of expressions are not given any; it is that of the command
	api engine.APICaller
}

// NewClusterWorld are the surroundings of expressions that read resources from a cluster.
func NewClusterWorld(ctx context.Context, api engine.APICaller) celpolicy.Surroundings {
	return &clusterWorld{ctx: ctx, api: api}
}

// GetResource reads one object; after a "/" the plural may name a subresource.
func (w *clusterWorld) GetResource(apiVersion, plural, namespace, name string) (*unstructured.Unstructured, error) {
	plural, subresource, has := strings.Cut(plural, "/")
	path, err := pathOf(apiVersion, plural, namespace)
	if err != nil {
		return nil, err
	}
	path += "/" + url.PathEscape(name)
	if has {
		path += "/" + subresource
	}
	out := &unstructured.Unstructured{}
	return out, w.read(path, out)
}

// ListResources reads the objects of a namespace (or of all) with some labels.
func (w *clusterWorld) ListResources(apiVersion, plural, namespace string, wanted map[string]string) (*unstructured.UnstructuredList, error) {
	path, err := pathOf(apiVersion, plural, namespace)
	if err != nil {
		return nil, err
	}
	if len(wanted) > 0 {
		path += "?labelSelector=" + url.QueryEscape(labels.SelectorFromSet(wanted).String())
	}
	out := &unstructured.UnstructuredList{}
	return out, w.read(path, out)
}

// ToGVR is the resource that a kind is usually called.
func (w *clusterWorld) ToGVR(apiVersion, kind string) (*schema.GroupVersionResource, error) {
	version, err := schema.ParseGroupVersion(apiVersion)
	plural, _ := meta.UnsafeGuessKindToResource(version.WithKind(kind))
	return &plural, err
}

// read decodes as Kubernetes' clients do: numbers may be whole, and items of lists have a kind.
func (w *clusterWorld) read(path string, into json.Unmarshaler) error {
	data, err := w.api.Call(w.ctx, "GET", path, nil)
	if err != nil {
		return err
	}
	return into.UnmarshalJSON(data)
}

// pathOf is the path of the objects of a resource.
func pathOf(apiVersion, plural, namespace string) (string, error) {
	version, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return "", err
	}
	path := "/api/" + url.PathEscape(version.Version)
	if version.Group != "" {
		path = "/apis/" + url.PathEscape(version.Group) + "/" + url.PathEscape(version.Version)
	}
	if namespace != "" {
		path += "/namespaces/" + url.PathEscape(namespace)
	}
	return path + "/" + url.PathEscape(plural), nil
}
