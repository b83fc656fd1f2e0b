package pss_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/pss"
)

// TestViolation asserts all that a result says of a violation beside its message.
func TestViolation(t *testing.T) {
	result := evaluate(t, pss.Rule{Level: "restricted", Version: "v1.24"}, `
kind: Pod
spec:
  os: {name: windows}
  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
  containers:
  - {name: web, image: nginx, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [NET_RAW]}}}
`)
	want := pss.Result{Level: "restricted", Version: "v1.24", Violations: []pss.Violation{{
		ID:      "capabilities_restricted",
		Control: "Capabilities",
		Level:   "restricted",
		Since:   "v1.22",
		Reason:  "unrestricted capabilities",
		Detail:  `container "web" must set securityContext.capabilities.drop=["ALL"]`,
		Images:  []string{"docker.io/nginx:latest"},
		Fields: []pss.Field{{
			Path:    "spec.containers[0].securityContext.capabilities.drop",
			Message: "spec.containers[0].securityContext.capabilities.drop is forbidden, forbidden values found: [NET_RAW]",
			Found:   []string{"NET_RAW"},
			Allowed: []any{"ALL"},
		}},
	}}}
	if diff := cmp.Diff(want, result); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestFoundValues asserts that a missing field has no found value, though the message may print one.
func TestFoundValues(t *testing.T) {
	result := evaluate(t, pss.Rule{Level: "restricted"}, `
kind: Pod
spec:
  volumes: [{name: v, nfs: {server: a, path: /}}]
  containers: [{name: web, image: nginx, securityContext: {runAsUser: 0}}]
`)
	found := map[string]any{}
	for _, v := range result.Violations {
		for _, f := range v.Fields {
			found[f.Path] = f.Found
		}
	}
	want := map[string]any{
		"spec.containers[0].securityContext.allowPrivilegeEscalation": nil,
		"spec.containers[0].securityContext.capabilities.drop":        nil,
		"spec.containers[0].securityContext.runAsNonRoot":             nil,
		"spec.containers[0].securityContext.runAsUser":                0,
		"spec.containers[0].securityContext.seccompProfile.type":      nil,
		"spec.volumes[0].nfs": "nfs",
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestEvaluateBadVersion(t *testing.T) {
	_, err := pss.Evaluate(pss.Rule{Level: "baseline", Version: "1.24"}, &metav1.ObjectMeta{}, &corev1.PodSpec{}, "spec")
	if err == nil || !strings.HasPrefix(err.Error(), "parse pod security api version: ") {
		t.Errorf("got %v", err)
	}
}

// TestEvaluateLeavesPod asserts that the pod, which may be shared, is not changed by an exclusion.
func TestEvaluateLeavesPod(t *testing.T) {
	spec := &corev1.PodSpec{HostPID: true, Containers: []corev1.Container{{Name: "a", Image: "x"}, {Name: "b", Image: "y"}}}
	before := spec.DeepCopy()
	rule := pss.Rule{Level: "restricted", Exclude: []pss.Exclude{
		{ControlName: "Capabilities", Images: []string{"x"}}, {ControlName: "Host Namespaces"},
	}}
	for range 2 {
		if _, err := pss.Evaluate(rule, &metav1.ObjectMeta{}, spec, "spec"); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(before, spec); diff != "" {
		t.Errorf("-before +after:\n%s", diff)
	}
}

func TestPodOf(t *testing.T) {
	inner := map[string]any{
		"metadata": map[string]any{"annotations": map[string]any{"a": "pod"}},
		"spec":     map[string]any{"hostPID": true},
	}
	job := map[string]any{"metadata": map[string]any{"annotations": map[string]any{"a": "job"}}, "spec": map[string]any{"template": inner}}
	for _, tc := range []struct {
		kind, prefix, annotation string
		object                   map[string]any
	}{
		{"Pod", "spec", "pod", inner},
		{"Deployment", "spec.template.spec", "pod", map[string]any{"spec": map[string]any{"template": inner, "replicas": int64(1)}}},
		{"DaemonSet", "spec.template.spec", "pod", map[string]any{"spec": map[string]any{"template": inner, "selector": map[string]any{}}}},
		{"ReplicationController", "spec.template.spec", "pod", map[string]any{"spec": map[string]any{"template": inner, "selector": map[string]any{"app": "x"}}}},
		{"Job", "spec.template.spec", "pod", map[string]any{"spec": map[string]any{"template": inner}}},
		{"CronJob", "spec.jobTemplate.spec.template.spec", "job", map[string]any{"spec": map[string]any{"jobTemplate": job}}},
	} {
		t.Run(tc.kind, func(t *testing.T) {
			resource := &unstructured.Unstructured{Object: tc.object}
			resource.SetKind(tc.kind)
			meta, spec, prefix, err := pss.PodOf(resource)
			if err != nil {
				t.Fatal(err)
			}
			if prefix != tc.prefix || !spec.HostPID || meta.Annotations["a"] != tc.annotation {
				t.Errorf("got %s, %v, %v", prefix, spec.HostPID, meta.Annotations)
			}
		})
	}
}

// TestPodOfWithoutManagedFields: who set what plays no role, and the resource stays as it is.
func TestPodOfWithoutManagedFields(t *testing.T) {
	resource := &unstructured.Unstructured{Object: map[string]any{
		"kind": "Pod", "spec": map[string]any{},
		"metadata": map[string]any{"name": "p", "managedFields": []any{map[string]any{"manager": "m", "fieldsV1": map[string]any{"f:spec": map[string]any{}}}}},
	}}
	before := resource.DeepCopy()
	meta, _, _, err := pss.PodOf(resource)
	if err != nil || meta.Name != "p" || meta.ManagedFields != nil {
		t.Errorf("got %v, %v", meta, err)
	}
	if diff := cmp.Diff(before, resource); diff != "" {
		t.Errorf("-before +after:\n%s", diff)
	}
}

func TestPodOfErrors(t *testing.T) {
	if _, _, _, err := pss.PodOf(&unstructured.Unstructured{Object: map[string]any{"kind": "Service"}}); !errors.Is(err, pss.ErrNoPod) {
		t.Errorf("a Service: %v", err)
	}
	bad := map[string]any{"kind": "Pod", "metadata": map[string]any{"name": "p"}, "spec": map[string]any{"containers": "none"}}
	if _, _, _, err := pss.PodOf(&unstructured.Unstructured{Object: bad}); err == nil || !strings.HasPrefix(err.Error(), "decode Pod p: ") {
		t.Errorf("a broken Pod: %v", err)
	}
	empty := map[string]any{"kind": "Deployment", "spec": map[string]any{"paused": true}}
	if _, spec, _, err := pss.PodOf(&unstructured.Unstructured{Object: empty}); err != nil || spec == nil {
		t.Errorf("a Deployment without template: %v, %v", spec, err)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	spec := &corev1.PodSpec{Containers: []corev1.Container{{Name: "a", Image: "x"}, {Name: "b", Image: "y"}}}
	for b.Loop() {
		if _, err := pss.Evaluate(pss.Rule{Level: "restricted"}, &metav1.ObjectMeta{}, spec, "spec"); err != nil {
			b.Fatal(err)
		}
	}
}
