package celpolicy_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/celpolicy"
)

// heap keeps what is generated, by namespace; err refuses all.
type heap struct {
	objects map[string][]map[string]any
	err     error
}

func (h *heap) GenerateResources(namespace string, objects []map[string]any) error {
	if h.objects == nil {
		h.objects = map[string][]map[string]any{}
	}
	h.objects[namespace] = append(h.objects[namespace], objects...)
	return h.err
}

// generating compiles a policy of what it generates and what else is in its spec.
func generating(t *testing.T, head, generate string, exceptions ...string) (*celpolicy.Generating, error) {
	t.Helper()
	policy := object(t, head+`
spec:
  matchConstraints: {resourceRules: [`+configMaps+`]}
  matchConditions: [{name: not-left-out, expression: "object.metadata.name != 'left-out'"}]
  variables: [{name: name, expression: object.metadata.name}]
  auditAnnotations: [{key: why, valueExpression: "'for ' + variables.name"}]
  generate: [`+generate+"]")
	polex := make([]*unstructured.Unstructured, len(exceptions))
	for i, text := range exceptions {
		polex[i] = object(t, text)
	}
	return celpolicy.CompileGenerating(policy, polex, &celpolicy.World{})
}

const (
	clusterPolicy = "kind: GeneratingPolicy\nmetadata: {name: p}"
	ofNamespace   = "kind: NamespacedGeneratingPolicy\nmetadata: {name: p, namespace: own}"
	byExpression  = `{expression: "generator.apply('ns', [{'kind': 'Secret', 'metadata': {'name': variables.name}}])"}`
)

// TestGenerating: what policies make, for which namespace, and what they say of it.
func TestGenerating(t *testing.T) {
	secret := map[string]any{"kind": "Secret", "metadata": map[string]any{"name": "a"}}
	for name, test := range map[string]struct {
		head, generate, trigger string
		want                    map[string][]map[string]any
		message                 string // "": it says nothing
	}{
		"expression": {clusterPolicy, byExpression, "a", map[string][]map[string]any{"ns": {secret}}, "policy evaluated successfully"},
		"own namespace": {
			ofNamespace, `{expression: "generator.apply([{'kind': 'Secret', 'metadata': {'name': variables.name}}])"}`, "a",
			map[string][]map[string]any{"own": {secret}}, "policy evaluated successfully",
		},
		"condition": {clusterPolicy, byExpression, "left-out", nil, ""},
		"template": {
			clusterPolicy, `{template: {interpolate: cel, value: "{kind: '(( variables.name ))', n: 3, big: 18446744073709551615, at: 2020-01-01, list: [1, {b: (( 2 ))}], keys: {1: [2], true: x}}"}}`, "a",
			map[string][]map[string]any{"": {{
				"kind": "a", "n": int64(3), "big": float64(1<<63) * 2, "at": time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Format(time.RFC3339),
				"list": []any{int64(1), map[string]any{"b": int64(2)}}, "keys": map[string]any{"1": []any{int64(2)}, "true": "x"},
			}}}, "policy evaluated successfully",
		},
		"template of a namespace": {
			ofNamespace, `{template: {value: "kind: Secret\nmetadata: {name: a}"}}`, "a",
			map[string][]map[string]any{"own": {secret}}, "policy evaluated successfully",
		},
		"template for another": {
			ofNamespace, `{template: {value: "kind: Secret\nmetadata: {name: a, namespace: other}"}}`, "a", nil,
			`failed to evaluate policy: cross-namespace generation denied: a policy in namespace "own" cannot generate resources into namespace "other"`,
		},
		"error": {clusterPolicy, `{expression: "generator.apply(object.nothing, [])"}`, "a", nil, "failed to evaluate policy: no such key: nothing"},
		"placeholder": {
			clusterPolicy, `{template: {interpolate: cel, value: "a: (( object.nothing ))"}}`, "a", nil,
			`failed to evaluate policy: failed to render generation template: document 1: field "a": failed to evaluate placeholder "object.nothing": no such key: nothing`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			policy, err := generating(t, test.head, test.generate)
			if err != nil {
				t.Fatal(err)
			}
			var made heap
			said := policy.Evaluate(context.Background(), creation(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: `+test.trigger+`}}`, "configmaps"), &made)
			message := ""
			for _, one := range said {
				message = one.Message
				if one.Type != engine.Generation || one.Rule != "p" || one.Status == engine.Pass && one.Properties["why"] != "for a" {
					t.Errorf("got %+v", one)
				}
			}
			if message != test.message {
				t.Errorf("got %q, want %q", message, test.message)
			}
			if d := cmp.Diff(test.want, made.objects); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestGeneratingRefused: what the generator refuses is what the policy says.
func TestGeneratingRefused(t *testing.T) {
	for _, generate := range []string{byExpression, `{template: {value: "kind: Secret"}}`} {
		policy, err := generating(t, clusterPolicy, generate)
		if err != nil {
			t.Fatal(err)
		}
		said := policy.Evaluate(context.Background(), creation(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}`, "configmaps"), &heap{err: errors.New("no")})
		if len(said) != 1 || said[0].Status != engine.Error || said[0].Message != "failed to evaluate policy: failed to generate resources: no" {
			t.Errorf("got %+v", said)
		}
	}
}

// TestGeneratingExceptions: an exception of the policy keeps it from generating, and generates nothing itself.
func TestGeneratingExceptions(t *testing.T) {
	const polex = `
metadata: {name: e, namespace: ns}
spec: {policyRefs: [{name: NAME, kind: GeneratingPolicy}], matchConditions: [{name: a, expression: "CONDITION"}]}
`
	for name, test := range map[string]struct{ policy, condition, message string }{
		"own":       {"p", "object.metadata.name == 'a'", "rule is skipped due to policy exception: ns/e"},
		"another's": {"q", "true", "policy evaluated successfully"},
		"generates": {"p", "generator.apply('ns', [])", "failed to evaluate policy: failed to generate resources: nothing outside is called here"},
	} {
		t.Run(name, func(t *testing.T) {
			policy, err := generating(t, clusterPolicy, byExpression, strings.NewReplacer("NAME", test.policy, "CONDITION", test.condition).Replace(polex))
			if err != nil {
				t.Fatal(err)
			}
			var made heap
			said := policy.Evaluate(context.Background(), creation(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}`, "configmaps"), &made)
			if len(said) != 1 || said[0].Message != test.message || (made.objects != nil) != (said[0].Status == engine.Pass) {
				t.Errorf("got %+v, made %v", said, made.objects)
			}
		})
	}
}

// TestCompileGenerating: what cannot be compiled is an error in Kyverno's words.
func TestCompileGenerating(t *testing.T) {
	for generate, want := range map[string]string{
		`{expression: "1 + 1"}`: `spec.generate[0].expression: Invalid value: "1 + 1": output is expected to be of type bool`,
		"{}":                    "spec.generate[0]: Required value: one of expression or template must be set",
		`{template: {interpolate: cel, value: "a: (( nothing ))"}}`: `line 1: invalid placeholder expression "nothing"`,
		`{expression: "true", template: {value: "a: b"}}`:           "only one of expression or template may be set",
	} {
		_, err := generating(t, clusterPolicy, generate)
		const first = "failed to compile policy p ([<nil>: Internal error: generating policy compiler 2.0 error: failed to compile policy, "
		if err == nil || !strings.HasPrefix(err.Error(), first) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", generate, err, want)
		}
	}
}
