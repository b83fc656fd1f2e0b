package process

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

// FloatNumbers turns the numbers of resources into floating point ones, in place, as the Kyverno CLI has them: it shows
// in what it prints ("1e+06").
func FloatNumbers(resources []*unstructured.Unstructured) []*unstructured.Unstructured {
	for _, r := range resources {
		floatNumbers(r.Object)
	}
	return resources
}

func floatNumbers(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			value[key] = floatNumbers(inner)
		}
	case []any:
		for i, inner := range value {
			value[i] = floatNumbers(inner)
		}
	case int64:
		return float64(value)
	case int:
		return float64(value)
	}
	return value
}
