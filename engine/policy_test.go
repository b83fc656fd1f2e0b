package engine_test

import (
	"context"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine"
)

const everything = `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: everything
  annotations: {policies.kyverno.io/scored: "false"}
spec:
  background: false
  admission: true
  emitWarning: true
  webhookConfiguration: {failurePolicy: Ignore}
  validationFailureActionOverrides: [{action: enforce, namespaces: [prod]}]
  rules:
  - {name: v, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {pattern: {metadata: {name: "?*"}}}}
  - {name: w, match: {any: [{resources: {kinds: [ConfigMap, v1/Secret]}}]}, validate: {deny: {}}}
  - {name: m, match: {any: [{resources: {kinds: [Pod]}}]}, mutate: {patchStrategicMerge: {metadata: {labels: {a: b}}}}}
  - {name: g, match: {any: [{resources: {kinds: [Namespace]}}]}, generate: {kind: ConfigMap, name: c}}
  - {name: i, match: {any: [{resources: {kinds: [Pod]}}]}, verifyImages: [{imageReferences: ["*"]}]}
`

func TestPolicyAnswers(t *testing.T) {
	p := mustCompile(t, everything)
	validate, mutate, generate, verify := p.RuleCount()
	got := map[string]any{
		"counts": []int{validate, mutate, generate, verify}, "kinds": p.Kinds(), "mutated kinds": p.KindsOf(engine.Mutation),
		"background": p.Background(), "admission": p.Admission(), "ignore": p.FailurePolicyIgnore(), "warning": p.EmitWarning(),
		"actions": p.Actions(), "key": p.Key(), "namespace": p.Namespace(), "name": p.Object().GetName(),
		"fail": p.ReportStatus(engine.Fail), "pass": p.ReportStatus(engine.Pass),
		"has": []bool{p.Has(engine.Validation), p.Has(engine.Mutation), p.Has(engine.Generation), p.Has(engine.ImageVerify)},
	}
	want := map[string]any{
		"counts": []int{2, 1, 1, 1}, "kinds": []string{"Pod", "ConfigMap", "v1/Secret", "Namespace"}, "mutated kinds": []string{"Pod"},
		"background": false, "admission": true, "ignore": true, "warning": true,
		"actions": []engine.Action{engine.Audit, engine.Enforce}, "key": "everything", "namespace": "", "name": "everything",
		"fail": engine.Warn, "pass": engine.Pass, "has": []bool{true, true, true, true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers differ (-want +got):\n%s", diff)
	}
}

func TestPolicyDefaults(t *testing.T) {
	p := mustCompile(t, benchPattern)
	if !p.Background() || !p.Admission() || p.FailurePolicyIgnore() || p.EmitWarning() {
		t.Errorf("background %v, admission %v, ignore %v, warning %v", p.Background(), p.Admission(), p.FailurePolicyIgnore(), p.EmitWarning())
	}
	want := []string{
		"Pod", "apps/v1/DaemonSet", "apps/v1/Deployment", "batch/v1/Job", "apps/v1/ReplicaSet", "v1/ReplicationController",
		"apps/v1/StatefulSet", "batch/v1/CronJob",
	}
	if diff := cmp.Diff(want, p.Kinds()); diff != "" {
		t.Errorf("kinds differ (-want +got):\n%s", diff)
	}
}

// TestSet finds exactly the policies that a kind concerns, generated rules included.
func TestSet(t *testing.T) {
	set := engine.NewSet(append(manyPolicies(t, 8), mustCompile(t, everything)))
	names := func(kind schema.GroupVersionKind, subresource string) []string {
		var out []string
		for _, p := range set.For(kind, subresource) {
			out = append(out, p.Name())
		}
		return out
	}
	tests := []struct {
		kind        schema.GroupVersionKind
		subresource string
		want        []string
	}{
		{schema.GroupVersionKind{Version: "v1", Kind: "Pod"}, "", []string{"everything", "p0", "p1", "p2", "p3", "p4"}},
		{schema.GroupVersionKind{Version: "v1", Kind: "Service"}, "", []string{"p5", "p6", "p7"}},
		{schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}, "", []string{"p0", "p1", "p2", "p3", "p4"}},
		{schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}, "scale", nil},
		{schema.GroupVersionKind{Version: "v1", Kind: "Secret"}, "", []string{"everything"}},
	}
	for _, test := range tests {
		for range 2 { // the second answer comes from memory
			if diff := cmp.Diff(test.want, names(test.kind, test.subresource)); diff != "" {
				t.Errorf("%v %s (-want +got):\n%s", test.kind, test.subresource, diff)
			}
		}
	}
	if len(set.All()) != 9 {
		t.Errorf("the set has %d policies, want 9", len(set.All()))
	}
}

// TestConcurrentUse evaluates the same policies and objects many times at once; the race detector does the checking,
// and the inputs must come out as they went in.
func TestConcurrentUse(t *testing.T) {
	policies := []*engine.Policy{mustCompile(t, everything), mustCompile(t, benchPodSecurity), mustCompile(t, benchDeny), mustCompile(t, benchMutate)}
	object := mustObject(t, benchPod)
	before := object.DeepCopy()
	e := engine.New(engine.Options{})
	req := &engine.Request{Operation: engine.Create, Object: object}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			mutated, err := e.Mutate(context.Background(), policies, req)
			if err != nil {
				t.Error(err)
				return
			}
			changed := *req
			changed.Object = mutated.Object
			for _, p := range policies {
				e.Validate(context.Background(), p, &changed)
			}
		})
	}
	group.Wait()
	if diff := cmp.Diff(before, object); diff != "" {
		t.Errorf("the object was changed (-before +after):\n%s", diff)
	}
}
