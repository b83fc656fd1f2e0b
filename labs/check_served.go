package labs

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// servedCheck wants the cluster to know a kind, or not to.
type servedCheck struct {
	Group string `lab:"group"` // "" is the core group
	Kind  string `lab:"kind,required"`
	Is    *bool  `lab:"is"`
}

func (c *servedCheck) want() bool { return c.Is == nil || *c.Is }

// Title says what is checked.
func (c *servedCheck) Title() string {
	if c.want() {
		return "the cluster knows the kind " + c.Kind
	}
	return "the cluster does not know the kind " + c.Kind
}

// Judge asks the cluster, and again whenever its CustomResourceDefinitions change: those of Kyverno are long, and are read
// only when there is something to wait for.
func (c *servedCheck) Judge(ctx context.Context, e Evidence) (string, error) {
	if c.missing(e.View) == "" {
		return "", nil
	}
	kind := schema.GroupVersionKind{Group: crds().Group, Version: crds().Version, Kind: "CustomResourceDefinition"}
	return e.View.until(ctx, query{kind: kind}, func([]*unstructured.Unstructured) string { return c.missing(e.View) })
}

// missing asks the cluster for the kind.
func (c *servedCheck) missing(v *View) string {
	served, err := v.Serves(schema.GroupKind{Group: c.Group, Kind: c.Kind})
	switch {
	case err != nil:
		return err.Error()
	case served == c.want():
		return ""
	case served:
		return fmt.Sprintf("the cluster knows the kind %s", c.Kind)
	default:
		return fmt.Sprintf("the cluster does not know the kind %s", c.Kind)
	}
}
