package helm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/assets/kyverno"
)

// What Helm writes on every object of a release, and looks for before it takes one over (pkg/action/validate.go).
const (
	managedBy        = "app.kubernetes.io/managed-by"
	releaseNameKey   = "meta.helm.sh/release-name"
	releaseSpaceKey  = "meta.helm.sh/release-namespace"
	resourcePolicy   = "helm.sh/resource-policy"
	resourceKeep     = "keep"
	fieldManagerHelm = "helm"
)

// render returns the objects of a release in the order in which Helm creates them. The Namespace is not among them:
// no chart may bring the namespace that it is installed into.
func render(set values) ([]resource, error) {
	definitions, err := kyverno.Definitions()
	if err != nil {
		return nil, err
	}
	manifests, err := kyverno.Manifests()
	if err != nil {
		return nil, err
	}
	var resources []resource
	for _, definition := range definitions {
		resources = append(resources, resource{owned(definition.Object), definition.Spec})
	}
	for _, shared := range manifests {
		if shared.GetKind() != "Namespace" {
			resources = append(resources, resource{owned(shared), nil})
		}
	}
	slices.SortStableFunc(resources, func(a, b resource) int { return rank(a.Unstructured) - rank(b.Unstructured) })
	return resources, set.apply(objects(resources))
}

// owned copies an object and marks the copy as the release's.
func owned(shared *unstructured.Unstructured) *unstructured.Unstructured {
	object := shared.DeepCopy()
	object.SetLabels(with(object.GetLabels(), managedBy, "Helm"))
	object.SetAnnotations(with(with(object.GetAnnotations(), releaseNameKey, releaseName), releaseSpaceKey, kyverno.Namespace))
	return object
}

// resource is an object of the chart. That of a definition comes without its specification, which stays encoded.
type resource struct {
	*unstructured.Unstructured
	spec json.RawMessage
}

// objects are the objects of resources.
func objects(resources []resource) []*unstructured.Unstructured {
	list := make([]*unstructured.Unstructured, len(resources))
	for i, resource := range resources {
		list[i] = resource.Unstructured
	}
	return list
}

// encode returns the whole resource as JSON, at a resource version ("" is none).
func (r resource) encode(version string) ([]byte, error) {
	object := r.Unstructured
	if version != "" {
		object = object.DeepCopy()
		object.SetResourceVersion(version)
	}
	data, err := json.Marshal(object.Object)
	if err != nil {
		return nil, fmt.Errorf("encode %s %s: %w", r.GetKind(), r.GetName(), err)
	}
	if r.spec == nil {
		return data, nil
	}
	return slices.Concat(data[:len(data)-1], []byte(`,"spec":`), r.spec, []byte("}")), nil
}

func with(set map[string]string, key, value string) map[string]string {
	if set == nil {
		set = map[string]string{}
	}
	set[key] = value
	return set
}

// order is Helm's order of creation, as far as the chart needs it (pkg/release/v1/util/kind_sorter.go); it removes in
// the opposite order.
var order = []string{
	"ServiceAccount", "ConfigMap", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "Service", "Deployment",
}

func rank(object *unstructured.Unstructured) int { return slices.Index(order, object.GetKind()) }

// groups cuts objects into runs of one kind, in the order of creation: what may be created at the same time.
func groups[T kinded](all []T) [][]T {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b T) int { return slices.Index(order, a.GetKind()) - slices.Index(order, b.GetKind()) })
	var cut [][]T
	for i, object := range all {
		if i == 0 || object.GetKind() != all[i-1].GetKind() {
			cut = append(cut, nil)
		}
		cut[len(cut)-1] = append(cut[len(cut)-1], object)
	}
	return cut
}

type kinded interface{ GetKind() string }

// manifest writes resources as Helm records them, a YAML document each. The documents are JSON, which is YAML.
func manifest(resources []resource) (string, error) {
	var text bytes.Buffer
	for _, r := range resources {
		data, err := r.encode("")
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&text, "---\n# Source: %s/templates/%s/%s.yaml\n%s\n", chartName, strings.ToLower(r.GetKind()), strings.ReplaceAll(r.GetName(), ":", "-"), data)
	}
	return text.String(), nil
}
