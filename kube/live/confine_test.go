package live

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// outside is what confine adds to a rule about objects in namespaces.
const outside = `- resources: {namespaceSelector: {matchExpressions: [
  {key: podsec.dev/workshop, operator: DoesNotExist}, {key: kubernetes.io/metadata.name, operator: NotIn, values: [default]}]}}
`

const outsideItself = `- resources: {kinds: [Namespace], selector: {matchExpressions: [
  {key: podsec.dev/workshop, operator: DoesNotExist}, {key: kubernetes.io/metadata.name, operator: NotIn, values: [default]}]}}
`

func TestConfine(t *testing.T) {
	for name, test := range map[string]struct {
		rule, exclude string
		err           error
	}{
		"pods":          {rule: "match: {any: [{resources: {kinds: [Pod]}}]}", exclude: "any:\n" + outside},
		"namespaces":    {rule: "match: {resources: {kinds: [v1/Namespace]}}", exclude: "any:\n" + outside + outsideItself},
		"has its own":   {rule: "exclude: {any: [{resources: {names: [a]}}]}", exclude: "any:\n- resources: {names: [a]}\n" + outside},
		"confined":      {rule: "exclude:\n  any:\n" + indent(outside), exclude: "any:\n" + outside},
		"all of one":    {rule: "exclude: {all: [{resources: {names: [a]}}]}", exclude: "any:\n- resources: {names: [a]}\n" + outside},
		"in old manner": {rule: "exclude: {resources: {names: [a]}}", exclude: "any:\n- resources: {names: [a]}\n" + outside},
		"targets":       {rule: "mutate: {targets: [{kind: Secret, namespace: theirs}]}", err: errActs},
		"generates":     {rule: "generate: {kind: Secret, namespace: theirs}", err: errActs},
		"all of two":    {rule: "exclude: {all: [{resources: {names: [a]}}, {subjects: []}]}", err: errAllOrNothing},
	} {
		t.Run(name, func(t *testing.T) {
			policy := map[string]any{"spec": map[string]any{"rules": []any{value(t, test.rule)}}}
			if err := confine(policy); !errors.Is(err, test.err) {
				t.Fatal(err)
			}
			if test.err != nil {
				return
			}
			rule := policy["spec"].(map[string]any)["rules"].([]any)[0].(map[string]any)
			if diff := cmp.Diff(value(t, test.exclude), rule["exclude"]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestConfineOldMatch: a match in the old form becomes what it is equal to.
func TestConfineOldMatch(t *testing.T) {
	rule := value(t, "match: {resources: {kinds: [Pod]}, subjects: [{kind: User, name: a}]}").(map[string]any)
	if err := confineRule(rule); err != nil {
		t.Fatal(err)
	}
	want := value(t, "any: [{resources: {kinds: [Pod]}, subjects: [{kind: User, name: a}]}]")
	if diff := cmp.Diff(want, rule["match"]); diff != "" {
		t.Error(diff)
	}
}

// TestConfineLeavesWrongOnes: what is no policy is for the cluster to refuse.
func TestConfineLeavesWrongOnes(t *testing.T) {
	for _, text := range []string{"{}", "spec: 1", "spec: {rules: [1]}", "spec: {rules: {a: b}}"} {
		if err := confine(value(t, text).(map[string]any)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func value(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return v
}

func indent(text string) string {
	out := "  "
	for _, r := range text[:len(text)-1] {
		if out += string(r); r == '\n' {
			out += "  "
		}
	}
	return out + "\n"
}
