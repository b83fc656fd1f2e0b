package admission

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/kube/sim/api"
)

// tolerationSeconds is how long a pod stays on a node that is in trouble, unless it says otherwise.
const tolerationSeconds = 300

// NewDefaultTolerations lets new pods tolerate nodes that are not ready or unreachable for a while
// (DefaultTolerationSeconds).
func NewDefaultTolerations() api.Admission {
	return mutating(func(_ context.Context, a *api.Attributes) error {
		if !isPod(a) || a.Operation != api.Create {
			return nil
		}
		pod, spec, ok := ownSpec(a.Object)
		if !ok {
			return nil
		}
		tolerations, _ := spec["tolerations"].([]any)
		tolerations = slices.Clone(tolerations)
		for _, key := range []string{"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"} {
			if !tolerates(tolerations, key) {
				tolerations = append(tolerations, map[string]any{
					"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": int64(tolerationSeconds),
				})
			}
		}
		spec["tolerations"] = tolerations
		a.Object = pod
		return nil
	})
}

// ownSpec returns an object that shares everything with the given one but the fields of its spec.
func ownSpec(shared *unstructured.Unstructured) (*unstructured.Unstructured, map[string]any, bool) {
	spec, ok := shared.Object["spec"].(map[string]any)
	if !ok {
		return nil, nil, false
	}
	content := maps.Clone(shared.Object)
	spec = maps.Clone(spec)
	content["spec"] = spec
	return &unstructured.Unstructured{Object: content}, spec, true
}

// tolerates says whether a pod has its own word about a NoExecute taint.
func tolerates(tolerations []any, key string) bool {
	for _, t := range tolerations {
		toleration, _ := t.(map[string]any)
		about, _ := toleration["key"].(string)
		effect, _ := toleration["effect"].(string)
		if (about == key || about == "") && (effect == "NoExecute" || effect == "") {
			return true
		}
	}
	return false
}

// NewPriority resolves the priority class of new pods, and keeps the classes that the system needs.
func NewPriority(reader Reader) api.Admission {
	classes := schema.GroupVersionResource{Group: "scheduling.k8s.io", Version: "v1", Resource: "priorityclasses"}
	return mutating(func(ctx context.Context, a *api.Attributes) error {
		if a.Resource == classes && a.Operation == api.Delete && (a.Name == "system-node-critical" || a.Name == "system-cluster-critical") {
			return forbidden(a, errors.New("this is a system priority class and cannot be deleted"))
		}
		if !isPod(a) || a.Operation != api.Create {
			return nil
		}
		pod, spec, ok := ownSpec(a.Object)
		if !ok {
			return nil
		}
		value, preemption := int64(0), "PreemptLowerPriority"
		if name, _ := spec["priorityClassName"].(string); name != "" {
			class, err := reader.Get(ctx, classes, "", name)
			if err != nil {
				return forbidden(a, fmt.Errorf("no PriorityClass with name %v was found", name))
			}
			value, _, _ = unstructured.NestedInt64(class.Object, "value")
			if policy, _, _ := unstructured.NestedString(class.Object, "preemptionPolicy"); policy != "" {
				preemption = policy
			}
		}
		spec["priority"] = value
		if _, ok := spec["preemptionPolicy"]; !ok {
			spec["preemptionPolicy"] = preemption
		}
		a.Object = pod
		return nil
	})
}
