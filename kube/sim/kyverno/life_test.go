package kyverno

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

func TestComponentOf(t *testing.T) {
	for image, want := range map[string]component{
		"reg.kyverno.io/kyverno/kyverno:v1.19.1":             admissionController,
		"ghcr.io/kyverno/background-controller:v1":           backgroundController,
		"localhost:5000/kyverno/cleanup-controller":          cleanupController,
		"kyverno/reports-controller@sha256:0123":             reportsController,
		"reg.kyverno.io/kyverno/kyverno:v1@sha256:0123":      admissionController,
		"reg.kyverno.io/kyverno/readiness-checker:v1.19.1":   "",
		"example.org/kyverno:v1":                             "",
		"kyverno":                                            "",
		"":                                                   "",
		"reg.kyverno.io/kyverno/kyvernopre:v1.19.1":          "",
		"registry.example:443/mirror/kyverno/kyverno:latest": admissionController,
	} {
		got, ok := componentOf(image)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q is %q (%v), want %q", image, got, ok, want)
		}
	}
}

func TestParseDeployment(t *testing.T) {
	deployment := chartObject(t, "Deployment", "kyverno-admission-controller").DeepCopy()
	got, ok := parseDeployment(deployment)
	if !ok || got.ready {
		t.Fatalf("a Deployment without ready pods is %+v, %v", got, ok)
	}
	deployment.Object["status"] = map[string]any{"readyReplicas": int64(1)}
	got, _ = parseDeployment(deployment)
	want := installed{
		component: admissionController, namespace: "kyverno", ready: true, labels: got.labels,
		service: "kyverno-svc", configMap: "kyverno", serviceAccount: "kyverno-admission-controller", scanInterval: usualInterval,
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(installed{})); diff != "" {
		t.Error(diff)
	}
	selector, _, _ := unstructured.NestedStringMap(chartObject(t, "Service", "kyverno-svc").Object, "spec", "selector")
	if !labels.SelectorFromSet(selector).Matches(got.labels) {
		t.Errorf("the Service's selector %v does not find pods with %v", selector, got.labels)
	}
	if user := got.user(); user != "system:serviceaccount:kyverno:kyverno-admission-controller" {
		t.Errorf("the controller acts as %s", user)
	}
	for argument, interval := range map[string]time.Duration{"1ns": leastInterval, "30s": leastInterval, "2m": 2 * time.Minute, "often": usualInterval} {
		container := list(nested(deployment.Object, "spec", "template", "spec"), "containers")[0].(map[string]any)
		container["args"] = []any{"--backgroundScanInterval=" + argument}
		if got, _ := parseDeployment(deployment); got.scanInterval != interval {
			t.Errorf("with %s everything is scanned every %s, want %s", argument, got.scanInterval, interval)
		}
	}
	if _, ok := parseDeployment(&unstructured.Unstructured{Object: map[string]any{}}); ok {
		t.Error("an empty Deployment is taken for one of Kyverno's")
	}
}

func TestGoingDown(t *testing.T) {
	deployment := func(replicas any, deleted bool) *unstructured.Unstructured {
		d := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{}, "metadata": map[string]any{}}}
		if replicas != nil {
			d.Object["spec"].(map[string]any)["replicas"] = replicas
		}
		if deleted {
			d.Object["metadata"].(map[string]any)["deletionTimestamp"] = "2026-01-01T00:00:00Z"
		}
		return d
	}
	for name, test := range map[string]struct {
		deployment *unstructured.Unstructured
		want       bool
	}{
		"absent":         {nil, true},
		"no replicas":    {deployment(nil, false), false},
		"one replica":    {deployment(int64(1), false), false},
		"scaled to zero": {deployment(int64(0), false), true},
		"being deleted":  {deployment(int64(1), true), true},
	} {
		if got := goingDown(test.deployment); got != test.want {
			t.Errorf("%s: going down is %v", name, got)
		}
	}
}
