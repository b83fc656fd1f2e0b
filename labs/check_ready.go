package labs

import (
	"context"
	"fmt"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// readyCheck wants a workload to run with all its replicas (or, with is: false, not to).
type readyCheck struct {
	Kind      string `lab:"kind,required"`
	Namespace string `lab:"namespace"`
	Name      string `lab:"name,required"`
	Is        *bool  `lab:"is"`
	gvk       schema.GroupVersionKind
}

func (c *readyCheck) validate(s *strict, n *yaml.Node) {
	if readiness(c.Kind) == nil {
		s.note(n, "kinds: Pod, Deployment, ReplicaSet, StatefulSet, DaemonSet", "the kind %q has no readiness", c.Kind)
		return
	}
	c.gvk = resolveKind(s, n, "", c.Kind)
}

func (c *readyCheck) want() bool { return c.Is == nil || *c.Is }

// Title says what is checked.
func (c *readyCheck) Title() string {
	if !c.want() {
		return describe(c.Kind, c.Namespace, c.Name) + " does not become ready"
	}
	if c.Kind == "Pod" {
		return describe(c.Kind, c.Namespace, c.Name) + " runs"
	}
	return describe(c.Kind, c.Namespace, c.Name) + " is ready"
}

// Judge waits for the workload.
func (c *readyCheck) Judge(ctx context.Context, e Evidence) (string, error) {
	return e.View.until(ctx, query{kind: c.gvk, namespace: c.Namespace, name: c.Name}, c.judge)
}

func (c *readyCheck) judge(objects []*unstructured.Unstructured) string {
	missing := describe(c.Kind, c.Namespace, c.Name) + " does not exist"
	for _, o := range objects {
		ready, state := readiness(c.Kind)(o)
		if ready == c.want() {
			return ""
		}
		missing = describe(c.Kind, o.GetNamespace(), o.GetName()) + " " + state
	}
	return missing
}

// readiness gives the function that says whether an object of a kind is ready, and in words how it is; nil for kinds
// that have no readiness. The rules are those of "kubectl rollout status".
func readiness(kind string) func(*unstructured.Unstructured) (bool, string) {
	switch kind {
	case "Pod":
		return podReady
	case "Deployment":
		return func(o *unstructured.Unstructured) (bool, string) {
			return replicasReady(o, "availableReplicas", "updatedReplicas")
		}
	case "ReplicaSet":
		return func(o *unstructured.Unstructured) (bool, string) { return replicasReady(o, "availableReplicas") }
	case "StatefulSet":
		return func(o *unstructured.Unstructured) (bool, string) {
			return replicasReady(o, "readyReplicas", "updatedReplicas")
		}
	case "DaemonSet":
		return daemonSetReady
	}
	return nil
}

func podReady(o *unstructured.Unstructured) (bool, string) {
	phase, _, _ := unstructured.NestedString(o.Object, "status", "phase")
	if o.GetDeletionTimestamp() != nil {
		return false, "is being deleted"
	}
	if phase != "Running" {
		return false, "is " + orNone(phase)
	}
	if status, found := condition(o, "Ready"); found && status != "True" {
		return false, "is Running, but not ready"
	}
	return true, "is Running"
}

// replicasReady compares status fields with the replicas that are wanted.
func replicasReady(o *unstructured.Unstructured, fields ...string) (bool, string) {
	want, found, _ := unstructured.NestedInt64(o.Object, "spec", "replicas")
	if !found {
		want = 1
	}
	return counted(o, want, fields)
}

func daemonSetReady(o *unstructured.Unstructured) (bool, string) {
	want, _, _ := unstructured.NestedInt64(o.Object, "status", "desiredNumberScheduled")
	return counted(o, want, []string{"numberAvailable", "updatedNumberScheduled"})
}

func counted(o *unstructured.Unstructured, want int64, fields []string) (bool, string) {
	observed, found, _ := unstructured.NestedInt64(o.Object, "status", "observedGeneration")
	if found && observed < o.GetGeneration() {
		return false, "has not been looked at by its controller"
	}
	for _, field := range fields {
		if have, _, _ := unstructured.NestedInt64(o.Object, "status", field); have < want {
			return false, fmt.Sprintf("has %d of %d replicas (%s)", have, want, field)
		}
	}
	return true, fmt.Sprintf("has all %d replicas", want)
}

// condition gives the status of a condition of an object.
func condition(o *unstructured.Unstructured, kind string) (status string, found bool) {
	conditions, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, item := range conditions {
		if c, ok := item.(map[string]any); ok && c["type"] == kind {
			status, _ = c["status"].(string)
			return status, true
		}
	}
	return "", false
}

func orNone(text string) string {
	if text == "" {
		return "without a status"
	}
	return text
}
