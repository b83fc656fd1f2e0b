package main

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const versionLabel = "app.kubernetes.io/version"

// Release is what the rendered chart leaves open: it says "latest" for both.
type Release struct {
	App   string // the version of Kyverno, which is the tag of its images
	Chart string // the version of the chart
}

// amend makes an object of the rendered chart what `helm install` would create.
func (r Release) amend(object *unstructured.Unstructured) {
	prune(object.Object)
	if object.GetKind() == "Namespace" {
		object.SetLabels(map[string]string{"name": object.GetName()})
		return
	}
	object.SetLabels(r.helmLabels(object.GetLabels(), chartOf(object)))
	if object.GetKind() == "Deployment" {
		r.amendPods(object)
	}
}

// amendPods does for the pods of a Deployment what amend does for the Deployment, and names the released images.
func (r Release) amendPods(deployment *unstructured.Unstructured) {
	labels, _, _ := unstructured.NestedStringMap(deployment.Object, "spec", "template", "metadata", "labels")
	set := r.helmLabels(labels, chartOf(deployment))
	_ = unstructured.SetNestedStringMap(deployment.Object, set, "spec", "template", "metadata", "labels")
	for _, field := range []string{"initContainers", "containers"} {
		containers, found, _ := unstructured.NestedSlice(deployment.Object, "spec", "template", "spec", field)
		if !found {
			continue
		}
		for _, container := range containers {
			c := container.(map[string]any)
			c["image"] = strings.TrimSuffix(c["image"].(string), ":latest") + ":" + r.App
		}
		_ = unstructured.SetNestedSlice(deployment.Object, containers, "spec", "template", "spec", field)
	}
}

// chartOf says whose template an object comes from: the definitions are a chart of their own inside Kyverno's.
func chartOf(object *unstructured.Unstructured) string {
	if object.GetKind() == "CustomResourceDefinition" {
		return "crds"
	}
	return "kyverno"
}

// helmLabels completes labels that carry the chart's version; objects of the dependent charts carry none.
func (r Release) helmLabels(labels map[string]string, chart string) map[string]string {
	if _, ok := labels[versionLabel]; !ok {
		return labels
	}
	labels[versionLabel] = r.Chart
	labels["helm.sh/chart"] = chart + "-" + r.Chart
	labels["app.kubernetes.io/managed-by"] = "Helm"
	return labels
}

// prune drops what a template left empty: nulls mean "the server's default", and empty label and annotation maps
// nothing at all.
func prune(content map[string]any) {
	for key, value := range content {
		switch value := value.(type) {
		case nil:
			delete(content, key)
		case map[string]any:
			if (key == "labels" || key == "annotations") && len(value) == 0 {
				delete(content, key)
				continue
			}
			if key != "openAPIV3Schema" {
				prune(value)
			}
		}
	}
}
