package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"podsec/engine"
)

func parseYAML(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(data); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return object
}

// counter answers calls with the number of calls before.
type counter struct{ calls int }

func (c *counter) Call(context.Context, string, string, []byte) ([]byte, error) {
	c.calls++
	if c.calls > 9 {
		return nil, errors.New("too many calls")
	}
	return fmt.Appendf(nil, `{"calls": %d}`, c.calls), nil
}

func TestCleanup(t *testing.T) {
	const lamp = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: lamp, namespace: team, labels: {old: 'yes'}}\ndata: {size: '3'}"
	const bulb = "apiVersion: v1\nkind: Pod\nmetadata: {name: bulb, namespace: team}\nspec: {containers: [{name: c, image: ghcr.io/a/b:1}]}"
	const room = "apiVersion: v1\nkind: Namespace\nmetadata: {name: room}"
	for _, tc := range []struct {
		name, namespace, spec, object string
		labels                        map[string]string
		want                          bool
		err                           string
	}{
		{name: "its kind", spec: "match: {any: [{resources: {kinds: [ConfigMap]}}]}", object: lamp, want: true},
		{name: "another kind", spec: "match: {any: [{resources: {kinds: [Secret]}}]}", object: lamp},
		{name: "its labels", spec: "match: {any: [{resources: {kinds: [ConfigMap], selector: {matchLabels: {old: 'no'}}}}]}", object: lamp},
		{name: "all of two", spec: "match: {all: [{resources: {kinds: [ConfigMap]}}, {resources: {names: ['la*']}}]}", object: lamp, want: true},
		{
			name: "excluded", object: lamp,
			spec: "match: {any: [{resources: {kinds: [ConfigMap]}}]}, exclude: {any: [{resources: {names: ['la*']}}]}",
		},
		{
			name: "the namespace's labels", object: lamp, labels: map[string]string{"tier": "web"}, want: true,
			spec: "match: {any: [{resources: {kinds: [ConfigMap], namespaceSelector: {matchLabels: {tier: web}}}}]}",
		},
		{name: "a policy of the namespace", namespace: "team", spec: "match: {any: [{resources: {kinds: [ConfigMap]}}]}", object: lamp, want: true},
		{name: "a policy of another namespace", namespace: "default", spec: "match: {any: [{resources: {kinds: [ConfigMap]}}]}", object: lamp},
		{name: "a policy of a namespace, and one", namespace: "team", spec: "match: {any: [{resources: {kinds: [Namespace]}}]}", object: room},
		{
			name: "a condition on the target", object: lamp, want: true,
			spec: "match: {any: [{resources: {kinds: [ConfigMap]}}]}, conditions: {all: [{key: '{{ to_number(target.data.size) }}', operator: GreaterThan, value: 2}]}",
		},
		{
			name: "a condition on the namespace", object: lamp, want: true,
			spec: "match: {any: [{resources: {kinds: [ConfigMap]}}]}, conditions: {any: [{key: '{{ request.namespace }}', operator: Equals, value: team}]}",
		},
		{
			name: "a condition on images", object: bulb, want: true,
			spec: "match: {any: [{resources: {kinds: [Pod]}}]}, conditions: {all: [{key: '{{ images.containers.*.registry | [0] }}', operator: Equals, value: ghcr.io}]}",
		},
		{
			name: "all fails before any is looked at", object: lamp,
			spec: "match: {any: [{resources: {kinds: [ConfigMap]}}]}, conditions: {any: [{key: '{{ target.x }}', operator: Equals, value: a}], all: [{key: a, operator: Equals, value: b}]}",
		},
		{
			name: "a field that is not there", object: lamp, err: "failed to substitute variables in condition key: ",
			spec: "match: {any: [{resources: {kinds: [ConfigMap]}}]}, conditions: {all: [{key: '{{ target.data.x }}', operator: Equals, value: a}]}",
		},
		{
			name: "what only a request has", object: lamp, err: "failed to substitute variables in condition key: ",
			spec: "match: {any: [{resources: {kinds: [ConfigMap]}}]}, conditions: {all: [{key: '{{ request.object.data.size }}', operator: Equals, value: '3'}]}",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			policy := parseYAML(t, "apiVersion: kyverno.io/v2\nkind: CleanupPolicy\nmetadata: {name: p}\nspec: {schedule: '* * * * *', "+tc.spec+"}")
			policy.SetNamespace(tc.namespace)
			compiled, err := engine.CompileCleanup(policy)
			if err != nil {
				t.Fatal(err)
			}
			got, err := engine.New(engine.Options{}).Cleanup(t.Context(), compiled).Selects(parseYAML(t, tc.object), tc.labels)
			if tc.err == "" && err != nil || tc.err != "" && (err == nil || !strings.HasPrefix(err.Error(), tc.err)) {
				t.Errorf("error %v, want %q", err, tc.err)
			}
			if got != tc.want {
				t.Errorf("selects: %t", got)
			}
		})
	}
}

// TestCleanupContext: what a context entry gave first counts for all resources of a run, and for no other run.
func TestCleanupContext(t *testing.T) {
	policy, err := engine.CompileCleanup(parseYAML(t, `
apiVersion: kyverno.io/v2
kind: ClusterCleanupPolicy
metadata: {name: p}
spec:
  schedule: "* * * * *"
  context: [{name: calls, apiCall: {urlPath: /api/v1/pods, jmesPath: calls}}]
  match: {any: [{resources: {kinds: [ConfigMap, ConfigMap, Pod]}}]}
  conditions: {all: [{key: "{{ calls }}", operator: Equals, value: 1}]}
`))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(policy.Kinds(), " "); got != "ConfigMap Pod" {
		t.Errorf("kinds %s", got)
	}
	e := engine.New(engine.Options{APICall: &counter{}})
	for run, want := range []bool{true, false} {
		cleanup := e.Cleanup(t.Context(), policy)
		for _, name := range []string{"one", "two"} {
			got, err := cleanup.Selects(parseYAML(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "+name+"}"), nil)
			if err != nil || got != want {
				t.Errorf("run %d, %s: %t, %v", run, name, got, err)
			}
		}
	}
}

func TestCleanupThatCannotBeRead(t *testing.T) {
	for _, spec := range []string{"", "spec: {match: {any: [{resources: {kinds: Pod}}]}}"} {
		if _, err := engine.CompileCleanup(parseYAML(t, "apiVersion: kyverno.io/v2\nkind: CleanupPolicy\nmetadata: {name: p}\n"+spec)); err == nil {
			t.Errorf("%q is compiled", spec)
		}
	}
}
