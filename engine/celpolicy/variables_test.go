package celpolicy_test

import (
	"context"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/celpolicy"
)

// compile compiles a policy of policies.kyverno.io.
func compile(policy *unstructured.Unstructured) error {
	var err error
	switch policy.GetKind() {
	case "ValidatingPolicy":
		_, err = celpolicy.CompileValidating(policy, nil, &celpolicy.World{})
	case "MutatingPolicy":
		_, err = celpolicy.CompileMutating(policy, nil, &celpolicy.World{})
	case "DeletingPolicy":
		_, err = celpolicy.CompileDeleting(policy, nil, &celpolicy.World{})
	}
	return err
}

// badVariables are variables of which one cannot be: it would call itself, or one that is not there yet.
var badVariables = map[string]struct{ text, kyverno, server string }{
	"twice":   {`[{name: a, expression: "1"}, {name: a, expression: "variables.a + 1"}]`, `spec.variables[1].name: Duplicate value: "a"`, `variable "a" is there twice`},
	"itself":  {`[{name: a, expression: "variables.a + 1"}]`, "undefined field 'a'", "undefined field 'a'"},
	"a later": {`[{name: a, expression: "variables.b"}, {name: b, expression: "1"}]`, "undefined field 'b'", "undefined field 'b'"},
}

// TestVariables: a variable sees those before it.
func TestVariables(t *testing.T) {
	for name, test := range badVariables {
		for _, kind := range []string{"ValidatingPolicy", "MutatingPolicy", "DeletingPolicy"} {
			err := compile(object(t, "{kind: "+kind+", metadata: {name: p}, spec: {variables: "+test.text+"}}"))
			if err == nil || !strings.Contains(err.Error(), test.kyverno) {
				t.Errorf("%s, %s: got %v, want %q", kind, name, err, test.kyverno)
			}
		}
	}
}

// TestAdmissionVariables: those of the API server's policies too; they fail when they are evaluated.
func TestAdmissionVariables(t *testing.T) {
	request := creation(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}`, "configmaps")
	for name, test := range badVariables {
		validating, err := celpolicy.CompileAdmission(object(t, `
kind: ValidatingAdmissionPolicy
metadata: {name: p}
spec: {matchConstraints: {resourceRules: [`+configMaps+`]}, validations: [{expression: variables.a == 1}], variables: `+test.text+"}"), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		said := validating.Evaluate(context.Background(), request)
		if len(said) != 1 || said[0].Status != engine.Error || !strings.Contains(said[0].Message, test.server) {
			t.Errorf("%s: got %v, want %q", name, said, test.server)
		}
		mutating, err := celpolicy.NewMutatingAdmission(object(t, `
kind: MutatingAdmissionPolicy
metadata: {name: p}
spec:
  matchConstraints: {resourceRules: [`+configMaps+`]}
  mutations: [{patchType: JSONPatch, jsonPatch: {expression: "[JSONPatch{op: 'add', path: '/data', value: {'a': string(variables.a)}}]"}}]
  variables: `+test.text), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if changed, said := mutating.Evaluate(context.Background(), request); len(said) > 0 || changed.Object["data"] != nil {
			t.Errorf("%s: got %v, %v, want no change", name, changed, said)
		}
	}
}
