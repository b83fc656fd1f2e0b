package cel_test

import (
	"context"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/cel"
)

// TestVariables: a variable sees those before it, and no other has its name.
func TestVariables(t *testing.T) {
	variable := func(name, expression string) any { return map[string]any{"name": name, "expression": expression} }
	for name, test := range map[string]struct {
		variables []any
		outcome   cel.Outcome
		message   string
	}{
		"one after the other": {[]any{variable("b", "1"), variable("a", "variables.b + 1")}, cel.Admitted, ""},
		"twice":               {[]any{variable("a", "1"), variable("a", "variables.a + 1")}, cel.Broken, `variable "a" is there twice`},
		"itself":              {[]any{variable("a", "variables.a + 1")}, cel.Denied, "undefined field 'a'"},
		"a later":             {[]any{variable("a", "variables.b + 1"), variable("b", "1")}, cel.Denied, "undefined field 'b'"},
	} {
		t.Run(name, func(t *testing.T) {
			block := map[string]any{"variables": test.variables, "expressions": []any{map[string]any{"expression": "variables.a == 2"}}}
			program, err := cel.New(block, nil, "")
			if err != nil {
				t.Fatal(err)
			}
			got := program.Evaluate(context.Background(), cel.Input{Object: &unstructured.Unstructured{Object: map[string]any{}}, Operation: "CREATE"})
			if got.Outcome != test.outcome || !strings.Contains(got.Message, test.message) {
				t.Errorf("got %+v", got)
			}
		})
	}
}
