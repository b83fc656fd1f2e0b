package live

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestConfinedPatch: a JSON patch is left as it is unless rules would not be confined after it.
func TestConfinedPatch(t *testing.T) {
	policy := map[string]any{"spec": map[string]any{"rules": []any{value(t, "name: a\nexclude:\n  any:\n"+indent(outside))}}}
	if err := confine(policy); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		patch      string
		operations int
		err        error
		fails      bool
	}{
		"of something else":   {patch: `[{"op":"add","path":"/spec/rules/0/message","value":"x"}]`, operations: 1},
		"takes it out":        {patch: `[{"op":"remove","path":"/spec/rules/0/exclude"}]`, operations: 2},
		"adds a rule":         {patch: `[{"op":"add","path":"/spec/rules/-","value":{"name":"b"}}]`, operations: 2},
		"with targets":        {patch: `[{"op":"add","path":"/spec/rules/-","value":{"mutate":{"targets":[{}]}}}]`, err: errActs},
		"a path that is none": {patch: `[{"op":"remove","path":"/spec/nothing"}]`, fails: true},
		"no patch":            {patch: `{"spec":{}}`, fails: true},
		"not even JSON":       {patch: `[`, fails: true},
	} {
		got, err := confinedPatch([]byte(test.patch), policy)
		if test.fails || test.err != nil {
			if err == nil || test.err != nil && !errors.Is(err, test.err) {
				t.Errorf("%s: %s, %v", name, got, err)
			}
			continue
		}
		var operations []operation
		if err := errors.Join(err, json.Unmarshal(got, &operations)); err != nil || len(operations) != test.operations {
			t.Errorf("%s: %s, %v", name, got, err)
			continue
		}
		after, err := patched(got, policy)
		if err != nil {
			t.Fatal(err)
		}
		again, err := patched(got, policy)
		if err != nil {
			t.Fatal(err)
		}
		if err := confine(again); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(after, again); diff != "" {
			t.Errorf("%s: it is not confined: %s", name, diff)
		}
	}
}
