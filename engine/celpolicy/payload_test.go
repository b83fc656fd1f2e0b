package celpolicy_test

import (
	"context"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/celpolicy"
)

// TestPayload: what expressions about JSON see; auditAnnotations are none of them.
func TestPayload(t *testing.T) {
	policy, err := celpolicy.CompileValidating(object(t, `
kind: ValidatingPolicy
metadata: {name: p}
spec:
  evaluation: {mode: JSON}
  validations:
  - {expression: "dyn(request) == null && dyn(oldObject) == null && dyn(namespaceObject) == null", message: there is a request}
  - {expression: "object.count + 1 == 4"}
  auditAnnotations: [{key: a, valueExpression: "}"}]
`), nil, &celpolicy.World{})
	if err != nil {
		t.Fatal(err)
	}
	payload := map[string]any{"count": 3}
	request := &celpolicy.Request{Resource: &unstructured.Unstructured{Object: payload}}
	answers, err := policy.Evaluate(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range append(answers, policy.EvaluatePayload(context.Background(), payload)...) {
		if len(said) != 1 || said[0].Status != engine.Pass {
			t.Errorf("got %v", said)
		}
	}
}

// TestNumbersOfYAML: objects may hold what JSON does not know.
func TestNumbersOfYAML(t *testing.T) {
	policy, err := celpolicy.CompileDeleting(object(t, `
kind: DeletingPolicy
metadata: {name: p}
spec:
  matchConstraints: {resourceRules: [`+configMaps+`]}
  conditions: [{name: three, expression: object.replicas == 3}]
`), nil, &celpolicy.World{})
	if err != nil {
		t.Fatal(err)
	}
	for _, operation := range []string{"CREATE", "UPDATE", "DELETE"} {
		request := creation(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}`, "configmaps")
		request.Resource.Object["replicas"], request.Operation = 3, operation
		if said := policy.Evaluate(context.Background(), request); len(said) != 1 || said[0].Status != engine.Pass {
			t.Errorf("%s: got %v", operation, said)
		}
	}
}

// TestInterrupted: an evaluation that nobody waits for any more ends.
func TestInterrupted(t *testing.T) {
	policy, err := celpolicy.CompileValidating(object(t, `
kind: ValidatingPolicy
metadata: {name: p}
spec: {evaluation: {mode: JSON}, validations: [{expression: "object.all(a, object.all(b, true))"}]}
`), nil, &celpolicy.World{})
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]any{}
	for i := range 1000 {
		keys[string(rune(i+'0'))] = ""
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	said := policy.EvaluatePayload(ctx, keys)[0]
	if len(said) != 1 || said[0].Status != engine.Error || said[0].Message != "error: operation interrupted: context canceled" {
		t.Errorf("got %v", said)
	}
}
