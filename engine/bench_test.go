package engine_test

import (
	"context"
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine"
)

const benchPattern = `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: images}
spec:
  rules:
  - name: registry
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      failureAction: Enforce
      pattern: {spec: {containers: [{image: "registry.example.com/*"}]}}
`

const benchPodSecurity = `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: restricted}
spec:
  rules:
  - name: restricted
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      failureAction: Enforce
      podSecurity: {level: restricted, version: latest}
`

const benchDeny = `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: deny}
spec:
  rules:
  - name: no-latest
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      failureAction: Enforce
      message: "{{ request.object.metadata.name }} uses latest"
      deny:
        conditions:
          any:
          - key: "{{ images.containers.*.tag }}"
            operator: AnyIn
            value: [latest]
`

const benchMutate = `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: labels}
spec:
  rules:
  - name: add
    match: {any: [{resources: {kinds: [Pod]}}]}
    mutate: {patchStrategicMerge: {metadata: {labels: {+(team): shop}}}}
`

const benchPod = `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  containers:
  - {name: a, image: registry.example.com/a:1, ports: [{containerPort: 80}], env: [{name: A, value: b}]}
  - {name: b, image: registry.example.com/b:1, volumeMounts: [{name: v, mountPath: /v}]}
  volumes: [{name: v, emptyDir: {}}]
`

func mustCompile(tb testing.TB, text string) *engine.Policy {
	tb.Helper()
	p, err := engine.Compile(mustObject(tb, text))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func BenchmarkValidate(b *testing.B) {
	req := &engine.Request{Operation: engine.Create, Object: mustObject(b, benchPod)}
	e := engine.New(engine.Options{})
	for name, text := range map[string]string{"pattern": benchPattern, "podSecurity": benchPodSecurity, "deny": benchDeny} {
		b.Run(name, func(b *testing.B) {
			p := mustCompile(b, text)
			b.ReportAllocs()
			for b.Loop() {
				e.Validate(context.Background(), p, req)
			}
		})
	}
}

func BenchmarkMutate(b *testing.B) {
	engine.Warm()
	req := &engine.Request{Operation: engine.Create, Object: mustObject(b, benchPod)}
	e := engine.New(engine.Options{})
	policies := []*engine.Policy{mustCompile(b, benchMutate)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Mutate(context.Background(), policies, req); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHundredPolicies evaluates a set of which five policies are about pods.
func BenchmarkHundredPolicies(b *testing.B) {
	req := &engine.Request{Operation: engine.Create, Object: mustObject(b, benchPod)}
	e := engine.New(engine.Options{})
	for _, total := range []int{5, 100} {
		b.Run(fmt.Sprint(total), func(b *testing.B) {
			set := engine.NewSet(manyPolicies(b, total))
			b.ReportAllocs()
			for b.Loop() {
				for _, p := range set.For(schema.GroupVersionKind{Version: "v1", Kind: "Pod"}, "") {
					e.Validate(context.Background(), p, req)
				}
			}
		})
	}
}

// manyPolicies returns policies of which the first five match pods, the rest services.
func manyPolicies(tb testing.TB, total int) []*engine.Policy {
	tb.Helper()
	var policies []*engine.Policy
	for i := range total {
		object := mustObject(tb, benchPattern)
		object.SetName(fmt.Sprintf("p%d", i))
		if i >= 5 {
			rules, _, _ := unstructured.NestedSlice(object.Object, "spec", "rules")
			rule, _ := rules[0].(map[string]any)
			rule["match"] = map[string]any{"any": []any{map[string]any{"resources": map[string]any{"kinds": []any{"Service"}}}}}
			_ = unstructured.SetNestedSlice(object.Object, rules, "spec", "rules")
		}
		p, err := engine.Compile(object)
		if err != nil {
			tb.Fatal(err)
		}
		policies = append(policies, p)
	}
	return policies
}

func BenchmarkCompile(b *testing.B) {
	object := mustObject(b, benchPodSecurity)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := engine.Compile(object); err != nil {
			b.Fatal(err)
		}
	}
}
