package engine_test

import (
	"context"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"podsec/engine"
)

// fuzzPolicy makes a policy with a pattern and a message.
func fuzzPolicy(pattern any, message string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "metadata": map[string]any{"name": "fuzz"},
		"spec": map[string]any{"rules": []any{map[string]any{
			"name":     "r",
			"match":    map[string]any{"any": []any{map[string]any{"resources": map[string]any{"kinds": []any{"Pod"}}}}},
			"validate": map[string]any{"failureAction": "Enforce", "message": message, "pattern": pattern},
		}}},
	}}
}

// FuzzPattern evaluates any pattern: whatever it says, it does not panic, and says the same twice.
func FuzzPattern(f *testing.F) {
	f.Add(`{"metadata": {"labels": {"(app)": "web"}}}`, "m")
	f.Add(`{"spec": {"^(containers)": [{"image": "a/* | b/*"}]}}`, "{{ request.namespace }}")
	f.Add(`{"spec": {"X(hostPID)": null, "containers": [{"<(name)": ">1", "=(image)": "1-2"}]}}`, "")
	f.Add(`{"metadata": {"name": "$(./../labels)"}}`, "{{ @ }}")
	f.Add(`{"{{ request.object.metadata.name }}": "{{ to_upper('a') }}"}`, `\{{ a }}`)
	e := engine.New(engine.Options{})
	req := &engine.Request{Operation: engine.Create, Object: mustObject(f, benchPod)}
	f.Fuzz(func(t *testing.T, text, message string) {
		var pattern any
		if yaml.Unmarshal([]byte(text), &pattern) != nil {
			return
		}
		p, err := engine.Compile(fuzzPolicy(pattern, message))
		if err != nil {
			return
		}
		first := e.Validate(context.Background(), p, req)
		second := e.Validate(context.Background(), p, req)
		if first.Rules[0].Status != second.Rules[0].Status {
			t.Errorf("%s, then %s", first.Rules[0].Status, second.Rules[0].Status)
		}
	})
}

// FuzzVariables resolves any text as a message and as a condition.
func FuzzVariables(f *testing.F) {
	for _, seed := range []string{
		"{{ request.object.metadata.name }}", "a {{- request.namespace }} b", "{{ {{ x }} }}", `\{{ y }}`, "$(./../a)", "{{ @ }}", "{{}}", "{{ images.containers.a.tag }}{{",
	} {
		f.Add(seed)
	}
	e := engine.New(engine.Options{})
	req := &engine.Request{Operation: engine.Create, Object: mustObject(f, benchPod)}
	f.Fuzz(func(_ *testing.T, text string) {
		object := fuzzPolicy(map[string]any{"metadata": map[string]any{"name": "x"}}, text)
		rules, _, _ := unstructured.NestedSlice(object.Object, "spec", "rules")
		rule, _ := rules[0].(map[string]any)
		rule["preconditions"] = map[string]any{"all": []any{map[string]any{"key": text, "operator": "NotEquals", "value": ""}}}
		object.Object["spec"] = map[string]any{"rules": rules}
		p, err := engine.Compile(object)
		if err != nil {
			return
		}
		e.Validate(context.Background(), p, req)
	})
}

// FuzzCompile compiles any document as the spec of a policy.
func FuzzCompile(f *testing.F) {
	f.Add("rules: [{name: r, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {anyPattern: [{a: b}, null]}}]")
	f.Add("rules: [{match: {resources: {kinds: [\"*/*\"]}}, mutate: {foreach: [{list: a, patchStrategicMerge: {}}]}}]")
	f.Add("rules: [{preconditions: [{key: a}], validate: {foreach: [null], deny: {conditions: []}}}]")
	e := engine.New(engine.Options{})
	req := &engine.Request{Operation: engine.Update, Object: mustObject(f, benchPod), OldObject: mustObject(f, benchPod)}
	f.Fuzz(func(_ *testing.T, text string) {
		var spec map[string]any
		if yaml.Unmarshal([]byte(text), &spec) != nil {
			return
		}
		p, err := engine.Compile(&unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "metadata": map[string]any{"name": "fuzz"}, "spec": spec,
		}})
		if err != nil {
			return
		}
		p.Autogen()
		_, _ = e.Mutate(context.Background(), []*engine.Policy{p}, req)
		engine.Blocked([]engine.PolicyResult{e.Validate(context.Background(), p, req)})
	})
}
