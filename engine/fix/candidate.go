package fix

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
)

// edit is one change of a resource.
type edit struct {
	path   []string
	value  any
	remove bool
	// choose says what a person must decide about the value; empty when there is nothing to decide.
	choose string
	// caution says what the change may break.
	caution string
}

// candidate is a set of edits that may make a failed check pass.
type candidate struct{ edits []edit }

func set(path []string, value any) edit { return edit{path: path, value: value} }
func unset(path []string) edit          { return edit{path: path, remove: true} }
func one(e edit) candidate              { return candidate{edits: []edit{e}} }

// cost orders candidates: few edits before many, sure ones before those that need a decision or may break something.
func (c candidate) cost() int {
	cost := 0
	for _, e := range c.edits {
		cost += 10
		if e.choose != "" {
			cost += 20
		}
		if e.caution != "" {
			cost += 200
		}
	}
	return cost
}

// key is the same for candidates that do the same.
func (c candidate) key() string {
	var out strings.Builder
	for _, e := range c.edits {
		fmt.Fprintf(&out, "%s=%v,%t;", joinPath(e.path), e.value, e.remove)
	}
	return out.String()
}

// apply returns a copy of an object with the edits made; nil when one of them does not fit.
func apply(object map[string]any, edits []edit) map[string]any {
	var out any = runtime.DeepCopyJSON(object)
	for _, e := range edits {
		if e.remove {
			out = drop(out, e.path)
			continue
		}
		var err error
		if out, err = put(out, e.path, runtime.DeepCopyJSONValue(e.value)); err != nil {
			return nil
		}
	}
	changed, _ := out.(map[string]any)
	return changed
}
