package labs

import (
	"context"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// eventCheck wants an Event on an object.
type eventCheck struct {
	Object    string `lab:"object,required"` // "replicaset/bare-*", as kubectl get events prints it
	Namespace string `lab:"namespace"`       // of the event; "" is any
	Reason    string `lab:"reason,required"`
	Blocked   *bool  `lab:"blocked"` // whether Kyverno says that it blocked the request
}

func (c *eventCheck) validate(s *strict, n *yaml.Node) {
	if kind, name, ok := strings.Cut(c.Object, "/"); !ok || kind == "" || name == "" || kind != strings.ToLower(kind) {
		s.note(n, "write it like clusterpolicy/require-labels", "the object %q must be kind/name, the kind in lower case", c.Object)
	}
}

// Title says what is checked.
func (c *eventCheck) Title() string {
	title := fmt.Sprintf("an event %s on %s", c.Reason, c.Object)
	switch {
	case c.Blocked == nil:
		return title
	case *c.Blocked:
		return title + " says that a request was blocked"
	default:
		return title + " says that nothing was blocked"
	}
}

// Judge waits for the event.
func (c *eventCheck) Judge(ctx context.Context, e Evidence) (string, error) {
	kind := schema.GroupVersionKind{Version: "v1", Kind: "Event"}
	return e.View.until(ctx, query{kind: kind, namespace: c.Namespace}, c.judge)
}

func (c *eventCheck) judge(events []*unstructured.Unstructured) string {
	for _, event := range events {
		if c.matches(event) {
			return ""
		}
	}
	return fmt.Sprintf("there is no event %s on %s yet", c.Reason, c.Object)
}

func (c *eventCheck) matches(event *unstructured.Unstructured) bool {
	kind, _, _ := unstructured.NestedString(event.Object, "involvedObject", "kind")
	name, _, _ := unstructured.NestedString(event.Object, "involvedObject", "name")
	reason, _, _ := unstructured.NestedString(event.Object, "reason")
	message, _, _ := unstructured.NestedString(event.Object, "message")
	if reason != c.Reason || !matches(c.Object, strings.ToLower(kind)+"/"+name) {
		return false
	}
	return c.Blocked == nil || *c.Blocked == blocked(message)
}

// blocked reads Kyverno's event on a policy: "Pod default/nginx: [check-team] fail (blocked); message".
func blocked(message string) bool {
	head, _, _ := strings.Cut(message, ";")
	return strings.HasSuffix(head, "(blocked)")
}
