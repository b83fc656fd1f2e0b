package apiserver

import (
	"maps"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// An autoscaling/v1 autoscaler says in spec.targetCPUUtilizationPercentage what one of v2 says by a metric. Other
// metrics and behaviors are not visible in v1, and a write in v1 drops them.

// newAutoscaler returns an autoscaler of v1 as one of v2.
func newAutoscaler(obj *unstructured.Unstructured) *unstructured.Unstructured {
	out, spec, status := inVersion(obj, "autoscaling/v2")
	if target, ok := spec["targetCPUUtilizationPercentage"]; ok {
		delete(spec, "targetCPUUtilizationPercentage")
		spec["metrics"] = []any{map[string]any{"type": "Resource", "resource": map[string]any{
			"name": "cpu", "target": map[string]any{"type": "Utilization", "averageUtilization": target},
		}}}
	}
	delete(status, "currentCPUUtilizationPercentage")
	return out
}

// oldAutoscaler returns an autoscaler of v2 as one of v1.
func oldAutoscaler(obj *unstructured.Unstructured) *unstructured.Unstructured {
	out, spec, status := inVersion(obj, "autoscaling/v1")
	metrics, _ := spec["metrics"].([]any)
	for _, m := range metrics {
		metric, _ := m.(map[string]any)
		name, _, _ := unstructured.NestedString(metric, "resource", "name")
		target, ok, _ := unstructured.NestedFieldNoCopy(metric, "resource", "target", "averageUtilization")
		if ok && name == "cpu" {
			spec["targetCPUUtilizationPercentage"] = target
		}
	}
	delete(spec, "metrics")
	delete(spec, "behavior")
	delete(status, "currentMetrics")
	delete(status, "conditions")
	return out
}

// inVersion returns obj in another version, with a spec and a status of its own.
func inVersion(obj *unstructured.Unstructured, apiVersion string) (out *unstructured.Unstructured, spec, status map[string]any) {
	out = ownMetadata(withField(obj, apiVersion, "apiVersion"))
	parts := map[string]map[string]any{}
	for _, name := range []string{"spec", "status"} {
		part, ok := out.Object[name].(map[string]any)
		if !ok {
			continue
		}
		parts[name] = maps.Clone(part)
		out.Object[name] = parts[name]
	}
	return out, parts["spec"], parts["status"]
}
