package inspect

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine/document"
)

// restarts returns what "kubectl rollout restart" names, as TYPE/NAME; false for other calls.
func (c call) restarts() ([]string, bool) {
	if c.verb() != "rollout" {
		return nil, false
	}
	var words []string
	for i, arg := range c.args {
		if !strings.HasPrefix(arg, "-") && (i == 0 || c.args[i-1] != "-n" && c.args[i-1] != "--namespace") {
			words = append(words, arg)
		}
	}
	if len(words) < 3 || words[1] != "restart" {
		return nil, false
	}
	words = words[2:]
	if len(words) > 1 && !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, "/") }) {
		kind := words[0]
		words = words[1:]
		for i := range words {
			words[i] = kind + "/" + words[i]
		}
	}
	return words, true
}

// restarted are the objects with the annotation that a restart sets on their template. Of those that were restarted by
// now, by what kubectl printed, they are as they were sent: rules may have changed them on their way in.
func (c *Cluster) restarted(ctx context.Context, names []string, namespace, printed string) ([]*document.Document, error) {
	if namespace == "" {
		namespace = "default"
	}
	var out []*document.Document
	for _, name := range names {
		object, err := c.Object(ctx, name, namespace)
		if err != nil {
			return nil, err
		}
		if didTo(object, "restarted", printed) {
			if err := c.rollBack(ctx, object); err != nil {
				return nil, err
			}
		}
		path := []string{"spec", "template", "metadata", "annotations"}
		annotations, _, _ := unstructured.NestedStringMap(object.Object, path...)
		annotations = merged(annotations, "kubectl.kubernetes.io/restartedAt", time.Now().Format(time.RFC3339))
		if err := unstructured.SetNestedStringMap(object.Object, annotations, path...); err != nil {
			return nil, err
		}
		d, err := written(object)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// replicaSets keep the templates that a Deployment had.
var replicaSets = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "replicasets"}

// rollBack gives a Deployment the template that it had before the last one, as "kubectl rollout undo" would; other
// objects, and one that had no other, are left as they are.
func (c *Cluster) rollBack(ctx context.Context, object *unstructured.Unstructured) error {
	if object.GetKind() != "Deployment" {
		return nil
	}
	sets, err := c.list(ctx, replicaSets, object.GetNamespace())
	if err != nil {
		return err
	}
	sets = slices.DeleteFunc(sets, func(set unstructured.Unstructured) bool {
		owner := metav1.GetControllerOf(&set)
		return owner == nil || owner.Kind != object.GetKind() || owner.Name != object.GetName()
	})
	if len(sets) < 2 {
		return nil
	}
	slices.SortFunc(sets, func(a, b unstructured.Unstructured) int { return cmp.Compare(revision(&b), revision(&a)) })
	template, _, _ := unstructured.NestedMap(sets[1].Object, "spec", "template")
	unstructured.RemoveNestedField(template, "metadata", "labels", "pod-template-hash")
	return unstructured.SetNestedMap(object.Object, template, "spec", "template")
}

// revision is the number of a ReplicaSet in the history of its Deployment.
func revision(set *unstructured.Unstructured) int {
	n, _ := strconv.Atoi(set.GetAnnotations()["deployment.kubernetes.io/revision"])
	return n
}

func merged(labels map[string]string, key, value string) map[string]string {
	if labels == nil {
		labels = map[string]string{}
	}
	labels[key] = value
	return labels
}
