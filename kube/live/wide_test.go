package live

import (
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"podsec/kube/sim"
)

func TestWide(t *testing.T) {
	for name, want := range map[string]bool{
		"policies.kyverno.io/validatingpolicies":                     true,
		"policies.kyverno.io/imagevalidatingpolicies":                true,
		"policies.kyverno.io/namespacedvalidatingpolicies":           false,
		"policies.kyverno.io/policyexceptions":                       false,
		"kyverno.io/clustercleanuppolicies":                          true,
		"kyverno.io/cleanuppolicies":                                 false,
		"kyverno.io/clusterpolicies":                                 false, // confined
		"admissionregistration.k8s.io/validatingadmissionpolicies":   true,
		"admissionregistration.k8s.io/mutatingwebhookconfigurations": true,
		"rbac.authorization.k8s.io/clusterroles":                     false,
		"apiextensions.k8s.io/customresourcedefinitions":             false,
	} {
		group, resource, _ := strings.Cut(name, "/")
		if got := wide(schema.GroupVersionResource{Group: group, Resource: resource}); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestGateRefusesWhatIsWide: policies that cannot be confined are not made, in whatever way they are sent, unless the
// user allows it.
func TestGateRefusesWhatIsWide(t *testing.T) {
	config := someCluster(t, sim.Baseline{})
	policies := schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingadmissionpolicies"}
	policy := &unstructured.Unstructured{Object: value(t, `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: none}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}
  validations: [{expression: "false"}]`).(map[string]any)}
	narrow := dynamic.NewForConfigOrDie(opened(t, config, GateOptions{}).Config()).Resource(policies)
	_, created := narrow.Create(t.Context(), policy, metav1.CreateOptions{})
	text, err := policy.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	_, applied := narrow.Patch(t.Context(), "none", types.ApplyYAMLPatchType, text, metav1.PatchOptions{FieldManager: "x"})
	for how, err := range map[string]error{"create": created, "apply": applied} {
		if !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "is forbidden: it would be in force in the whole cluster") {
			t.Errorf("%s: %v", how, err)
		}
	}
	if _, err := narrow.Create(t.Context(), policy, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}); err != nil {
		t.Errorf("a dry run changes nothing, but: %v", err)
	}
	anywhere := dynamic.NewForConfigOrDie(opened(t, config, GateOptions{ClusterWide: true}).Config()).Resource(policies)
	if _, err := anywhere.Create(t.Context(), policy, metav1.CreateOptions{}); err != nil {
		t.Errorf("the user allows it, but: %v", err)
	}
}
