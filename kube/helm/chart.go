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
func render(set values) ([]*unstructured.Unstructured, error) {
	crds, err := kyverno.CRDs()
	if err != nil {
		return nil, err
	}
	manifests, err := kyverno.Manifests()
	if err != nil {
		return nil, err
	}
	var objects []*unstructured.Unstructured
	for _, shared := range slices.Concat(crds, manifests) {
		if shared.GetKind() != "Namespace" {
			objects = append(objects, owned(shared))
		}
	}
	slices.SortStableFunc(objects, func(a, b *unstructured.Unstructured) int { return rank(a) - rank(b) })
	return objects, set.apply(objects)
}

// owned copies an object and marks the copy as the release's. Definitions are large and only their metadata changes:
// the rest of them stays shared.
func owned(shared *unstructured.Unstructured) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{}}
	for key, value := range shared.Object {
		object.Object[key] = value
	}
	if shared.GetKind() == "Deployment" {
		object = shared.DeepCopy()
	}
	metadata, _, _ := unstructured.NestedMap(shared.Object, "metadata")
	object.Object["metadata"] = metadata
	labels, annotations := object.GetLabels(), object.GetAnnotations()
	object.SetLabels(with(labels, managedBy, "Helm"))
	object.SetAnnotations(with(with(annotations, releaseNameKey, releaseName), releaseSpaceKey, kyverno.Namespace))
	return object
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

// groups cuts ordered objects into runs of one kind: what may be created at the same time.
func groups(objects []*unstructured.Unstructured) [][]*unstructured.Unstructured {
	var cut [][]*unstructured.Unstructured
	for i, object := range objects {
		if i == 0 || object.GetKind() != objects[i-1].GetKind() {
			cut = append(cut, nil)
		}
		cut[len(cut)-1] = append(cut[len(cut)-1], object)
	}
	return cut
}

// manifest writes objects as Helm records them, a YAML document each. The documents are JSON, which is YAML.
func manifest(objects []*unstructured.Unstructured) (string, error) {
	var text bytes.Buffer
	for _, object := range objects {
		data, err := json.Marshal(object.Object)
		if err != nil {
			return "", fmt.Errorf("encode %s %s: %w", object.GetKind(), object.GetName(), err)
		}
		fmt.Fprintf(&text, "---\n# Source: %s/templates/%s/%s.yaml\n%s\n", chartName, strings.ToLower(object.GetKind()), strings.ReplaceAll(object.GetName(), ":", "-"), data)
	}
	return text.String(), nil
}
