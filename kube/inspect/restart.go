package inspect

import (
	"context"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

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

// restarted are the objects with the annotation that a restart sets on their template.
func (c *Cluster) restarted(ctx context.Context, names []string, namespace string) ([]*document.Document, error) {
	if namespace == "" {
		namespace = "default"
	}
	var out []*document.Document
	for _, name := range names {
		object, err := c.Object(ctx, name, namespace)
		if err != nil {
			return nil, err
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

func merged(labels map[string]string, key, value string) map[string]string {
	if labels == nil {
		labels = map[string]string{}
	}
	labels[key] = value
	return labels
}
