package engine

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// loop applies the entries of a foreach one after the other; nesting is how deep it stands.
func (m *mutator) loop(
	object *unstructured.Unstructured, loops []foreachMutation, s *scope, nesting int,
) (*unstructured.Unstructured, verdict) {
	applied := 0
	for _, l := range loops {
		elements, err := s.evaluateList(l.List)
		if err != nil {
			return nil, *broken(fmt.Sprintf("failed to evaluate list %s: %v", l.List, err), err)
		}
		next, verdict := m.elements(object, l, elements, s, nesting)
		if verdict.status == Error {
			return nil, *broken("failed to mutate elements", errors.New(verdict.message))
		}
		if verdict.status == Pass {
			applied++
			object = next
			s = m.updated(s, object)
		}
	}
	message := fmt.Sprintf("%d elements processed", applied)
	if applied == 0 {
		return nil, *skipped(message)
	}
	return object, *passed(message)
}

// elements applies one entry to every element. Strategic merge patches go through the list backwards, because merging
// turns the order around.
func (m *mutator) elements(
	object *unstructured.Unstructured, l foreachMutation, elements []any, s *scope, nesting int,
) (*unstructured.Unstructured, verdict) {
	backwards := l.PatchStrategicMerge != nil
	if l.Order != "" {
		backwards = l.Order == "Descending"
	}
	order := make([]int, len(elements))
	for i := range order {
		order[i] = i
	}
	if backwards {
		slices.Reverse(order)
	}
	current := object
	for _, i := range order {
		if elements[i] == nil {
			continue
		}
		inner := s.with(l.Context, fmt.Sprintf("%s.mutate.foreach[%d]", m.rule.path, i), elementVariables(elements[i], i, nesting))
		next, verdict := m.element(current, l, inner, i, nesting)
		if verdict.status == Error || verdict.status == Fail {
			return nil, verdict
		}
		if verdict.status == Pass {
			current = next
		}
	}
	if reflect.DeepEqual(object.Object, current.Object) {
		return nil, *skipped("no patches applied")
	}
	return current, *passed("")
}

// element applies one entry to one element.
func (m *mutator) element(
	object *unstructured.Unstructured, l foreachMutation, s *scope, index, nesting int,
) (*unstructured.Unstructured, verdict) {
	path := fmt.Sprintf("mutate.foreach[%d].preconditions", index)
	holds, _, trace, err := l.Preconditions.evaluate(s, PhasePrecondition, m.rule.path+"."+path)
	m.trace(trace...)
	if err != nil {
		return nil, *broken("failed to evaluate "+path, err)
	}
	if !holds {
		return nil, *skipped("preconditions not met")
	}
	if len(l.ForEach) > 0 {
		return m.loop(object, l.ForEach, s, nesting+1)
	}
	resolved, err := s.substitute(map[string]any{
		"patchStrategicMerge": l.PatchStrategicMerge, "patchesJson6902": l.PatchesJSON6902,
	})
	if err != nil {
		return nil, *broken("variable substitution failed", err)
	}
	patch, _ := resolved.(map[string]any)
	text, _ := patch["patchesJson6902"].(string)
	return patchObject(object, patch["patchStrategicMerge"], text)
}

// updated returns a scope with the resource as mutated so far.
func (m *mutator) updated(s *scope, object *unstructured.Unstructured) *scope {
	if m.existing {
		return s.with(nil, "", map[string]any{"target": floats(object.Object)})
	}
	return s.withObject(object)
}

// withObject returns a scope in which request.object is the object as mutated so far.
func (s *scope) withObject(object *unstructured.Unstructured) *scope {
	request := map[string]any{}
	if have, ok := s.all()["request"].(map[string]any); ok {
		for key, value := range have {
			request[key] = value
		}
	}
	request["object"] = floats(object.Object)
	return s.with(nil, "", map[string]any{"request": request})
}
