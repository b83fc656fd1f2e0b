package labs

import (
	"context"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// objectCheck wants an object to exist (or not) and its fields to fulfil conditions. With a wildcard in the name, one
// object that fulfils them all is enough.
type objectCheck struct {
	Kind       string  `lab:"kind,required"`
	APIVersion string  `lab:"apiVersion"`
	Namespace  string  `lab:"namespace"`
	Name       string  `lab:"name,required"`
	Absent     bool    `lab:"absent"`
	Where      []where `lab:"where"`
	gvk        schema.GroupVersionKind
}

func (c *objectCheck) validate(s *strict, n *yaml.Node) {
	c.gvk = resolveKind(s, n, c.APIVersion, c.Kind)
	for _, w := range c.Where {
		w.validate(s, n)
	}
}

// Title says what is checked.
func (c *objectCheck) Title() string {
	title := describe(c.Kind, c.Namespace, c.Name)
	if c.Absent {
		title = strings.Replace(title, "the ", "no ", 1)
	}
	if len(c.Where) == 0 {
		return title + " exists"
	}
	conditions := make([]string, len(c.Where))
	for i, w := range c.Where {
		conditions[i] = w.String()
	}
	if c.Absent {
		return title + " where " + strings.Join(conditions, " and ")
	}
	return title + ": " + strings.Join(conditions, ", ")
}

// Judge waits for the object.
func (c *objectCheck) Judge(ctx context.Context, e Evidence) (string, error) {
	return e.View.until(ctx, query{kind: c.gvk, namespace: c.Namespace, name: c.Name}, c.judge)
}

func (c *objectCheck) judge(objects []*unstructured.Unstructured) string {
	missing := describe(c.Kind, c.Namespace, c.Name) + " does not exist"
	for _, o := range objects {
		wrong := c.conditions(o)
		switch {
		case wrong == "" && c.Absent:
			return describe(c.Kind, o.GetNamespace(), o.GetName()) + " is there"
		case wrong == "":
			return ""
		}
		missing = describe(c.Kind, o.GetNamespace(), o.GetName()) + ": " + wrong
	}
	if c.Absent {
		return ""
	}
	return missing
}

// conditions gives what the object does not fulfil.
func (c *objectCheck) conditions(o *unstructured.Unstructured) string {
	var wrong []string
	for _, w := range c.Where {
		if text := w.judge(o); text != "" {
			wrong = append(wrong, text)
		}
	}
	return strings.Join(wrong, "; ")
}
