package kyverno_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"podsec/assets/kyverno"
)

// TestCRDs pins what a cluster serves once the chart is installed: `kubectl api-resources` shows these.
func TestCRDs(t *testing.T) {
	var got []string
	for _, crd := range definitions(t) {
		served := make([]string, 0, len(crd.Spec.Versions))
		for _, version := range crd.Spec.Versions {
			if version.Served {
				served = append(served, version.Name)
			}
		}
		names := crd.Spec.Names
		got = append(got, fmt.Sprintf("%s/%s %s %s %s", crd.Spec.Group, strings.Join(served, ","), crd.Spec.Scope, names.Kind, strings.Join(names.ShortNames, ",")))
	}
	want := []string{
		"kyverno.io/v2,v2beta1 Namespaced CleanupPolicy cleanpol",
		"kyverno.io/v2,v2beta1 Cluster ClusterCleanupPolicy ccleanpol",
		"reports.kyverno.io/v1 Cluster ClusterEphemeralReport cephr",
		"kyverno.io/v1,v2beta1 Cluster ClusterPolicy cpol",
		"wgpolicyk8s.io/v1alpha2 Cluster ClusterPolicyReport cpolr",
		"policies.kyverno.io/v1,v1alpha1,v1beta1 Cluster DeletingPolicy dpol",
		"reports.kyverno.io/v1 Namespaced EphemeralReport ephr",
		"policies.kyverno.io/v1,v1alpha1,v1beta1 Cluster GeneratingPolicy gpol",
		"kyverno.io/v2,v2alpha1,v2beta1 Cluster GlobalContextEntry gctxentry",
		"policies.kyverno.io/v1,v1alpha1,v1beta1 Cluster ImageValidatingPolicy ivpol",
		"policies.kyverno.io/v1,v1alpha1,v1beta1 Cluster MutatingPolicy mpol",
		"policies.kyverno.io/v1,v1beta1 Namespaced NamespacedDeletingPolicy ndpol",
		"policies.kyverno.io/v1,v1beta1 Namespaced NamespacedGeneratingPolicy ngpol",
		"policies.kyverno.io/v1,v1beta1 Namespaced NamespacedImageValidatingPolicy nivpol",
		"policies.kyverno.io/v1,v1beta1 Namespaced NamespacedMutatingPolicy nmpol",
		"policies.kyverno.io/v1,v1beta1 Namespaced NamespacedValidatingPolicy nvpol",
		"kyverno.io/v1,v2beta1 Namespaced Policy pol",
		"kyverno.io/v2,v2beta1 Namespaced PolicyException polex",
		"policies.kyverno.io/v1,v1alpha1,v1beta1 Namespaced PolicyException ",
		"wgpolicyk8s.io/v1alpha2 Namespaced PolicyReport polr",
		"kyverno.io/v2 Namespaced UpdateRequest ur",
		"policies.kyverno.io/v1,v1alpha1,v1beta1 Cluster ValidatingPolicy vpol",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("served kinds (-want +got):\n%s", diff)
	}
}

// TestDeprecationWarning pins the sentence that comes with every read and write of the workshop's policies.
func TestDeprecationWarning(t *testing.T) {
	const migrate = "; migrate to ValidatingPolicy, MutatingPolicy, GeneratingPolicy or ImageValidatingPolicy (policies.kyverno.io), see https://kyverno.io/docs/guides/migration-to-cel/"
	want := map[string]string{
		"clusterpolicies.kyverno.io v1":      "kyverno.io/v1 ClusterPolicy is deprecated and will be removed in a future release" + migrate,
		"clusterpolicies.kyverno.io v2beta1": "kyverno.io/v2beta1 ClusterPolicy is deprecated and will be removed in a future release" + migrate,
	}
	got := map[string]string{}
	for _, crd := range definitions(t) {
		for _, version := range crd.Spec.Versions {
			if crd.Name == "clusterpolicies.kyverno.io" && version.Deprecated && version.DeprecationWarning != nil {
				got[crd.Name+" "+version.Name] = *version.DeprecationWarning
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

// TestManifests pins the names that `kubectl get` shows in the chart's namespace, and the images behind them.
func TestManifests(t *testing.T) {
	objects, err := kyverno.Manifests()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, object := range objects {
		switch object.GetKind() {
		case "Namespace", "ConfigMap", "ServiceAccount", "Service":
			got = append(got, object.GetKind()+" "+object.GetName())
		case "Deployment":
			got = append(got, "Deployment "+object.GetName()+" "+strings.Join(images(t, object), " "))
		}
	}
	want := []string{
		"Namespace kyverno",
		"ServiceAccount kyverno-admission-controller", "ServiceAccount kyverno-background-controller",
		"ServiceAccount kyverno-cleanup-controller", "ServiceAccount kyverno-reports-controller",
		"ConfigMap kyverno", "ConfigMap kyverno-metrics",
		"Service kyverno-svc", "Service kyverno-svc-metrics", "Service kyverno-background-controller-metrics",
		"Service kyverno-cleanup-controller", "Service kyverno-cleanup-controller-metrics", "Service kyverno-reports-controller-metrics",
		"Deployment kyverno-admission-controller reg.kyverno.io/kyverno/kyvernopre:v1.19.1 reg.kyverno.io/kyverno/kyverno:v1.19.1",
		"Deployment kyverno-background-controller reg.kyverno.io/kyverno/background-controller:v1.19.1",
		"Deployment kyverno-cleanup-controller reg.kyverno.io/kyverno/cleanup-controller:v1.19.1",
		"Deployment kyverno-reports-controller reg.kyverno.io/kyverno/reports-controller:v1.19.1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
}

// TestConstants keeps the package's constants and its data in step.
func TestConstants(t *testing.T) {
	objects, err := kyverno.Manifests()
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range objects {
		if ns := object.GetNamespace(); ns != "" && ns != kyverno.Namespace {
			t.Errorf("%s %s is in namespace %s", object.GetKind(), object.GetName(), ns)
		}
		if object.GetKind() == "Namespace" {
			continue
		}
		if got := object.GetLabels()["helm.sh/chart"]; got != "kyverno-"+kyverno.ChartVersion {
			t.Errorf("%s %s: helm.sh/chart is %q", object.GetKind(), object.GetName(), got)
		}
		for _, image := range images(t, object) {
			if !strings.HasSuffix(image, ":"+kyverno.AppVersion) {
				t.Errorf("%s is not of %s", image, kyverno.AppVersion)
			}
		}
	}
}

// TestSliceIsTheCallers checks that a caller that reorders its slice does not disturb the next one.
func TestSliceIsTheCallers(t *testing.T) {
	first, _ := kyverno.CRDs()
	name := first[0].GetName()
	first[0] = nil
	second, _ := kyverno.CRDs()
	if second[0] == nil || second[0].GetName() != name {
		t.Errorf("the second caller got the first one's changes: %v", second[0])
	}
}

func definitions(t *testing.T) []apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	objects, err := kyverno.CRDs()
	if err != nil {
		t.Fatal(err)
	}
	crds := make([]apiextensionsv1.CustomResourceDefinition, len(objects))
	for i, object := range objects {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, &crds[i], true); err != nil {
			t.Fatalf("%s: %v", object.GetName(), err)
		}
	}
	return crds
}

func images(t *testing.T, object *unstructured.Unstructured) (images []string) {
	t.Helper()
	for _, field := range []string{"initContainers", "containers"} {
		containers, _, err := unstructured.NestedSlice(object.Object, "spec", "template", "spec", field)
		if err != nil {
			t.Fatal(err)
		}
		for _, container := range containers {
			images = append(images, container.(map[string]any)["image"].(string))
		}
	}
	return images
}

// TestSpecification reads the same as Definitions does, and one alone.
func TestSpecification(t *testing.T) {
	all, err := kyverno.Definitions()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		got, err := kyverno.Specification(d.Object.GetName())
		if err != nil || string(got) != string(d.Spec) {
			t.Errorf("%s: %d bytes, %v; want %d", d.Object.GetName(), len(got), err, len(d.Spec))
		}
	}
	for _, name := range []string{"", "pods", "../crds/policies.kyverno.io", "widgets.example.com"} {
		if got, err := kyverno.Specification(name); got != nil || err != nil {
			t.Errorf("%q: %d bytes, %v", name, len(got), err)
		}
	}
}
