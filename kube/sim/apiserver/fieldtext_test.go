package apiserver

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TestSourceOfEvents: the selector "source" finds events of either API by who reports them.
func TestSourceOfEvents(t *testing.T) {
	for want, event := range map[string]map[string]any{
		"kubelet":           {"source": map[string]any{"component": "kubelet"}, "reportingComponent": "other"},
		"kyverno-admission": {"source": map[string]any{}, "reportingComponent": "kyverno-admission"},
		"":                  {},
	} {
		if got := fieldText(&unstructured.Unstructured{Object: event}, "source"); got != want {
			t.Errorf("%v: %q", event, got)
		}
	}
}
