package policycheck

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"podsec/engine/wildcard"
)

var errCELPreconditions = errors.New("celPrecondition can only be used with validate.cel")

// checkActions checks what a rule does: mutate, validate, generate.
func (c *checker) checkActions(i int, r *rule) error {
	for _, action := range []struct {
		name       string
		has        bool
		check, may func(*rule) (string, error)
	}{
		{"mutate", r.hasMutate(), checkMutate, c.mayMutate},
		{"validate", r.hasValidate(), checkValidate, nil},
		{"generate", r.hasGenerate(), checkGenerate, c.mayGenerate},
	} {
		if !action.has {
			continue
		}
		path, err := action.check(r)
		if err == nil && action.may != nil {
			path, err = action.may(r)
		}
		if err != nil {
			return fmt.Errorf("path: spec.rules[%d].%s.%s.: %w", i, action.name, path, err)
		}
		if !r.hasMutate() || len(r.Mutate.ForEach) == 0 { // Kyverno is done with those before it comes to reports
			c.warnReports(r)
		}
	}
	if r.hasGenerate() && slices.Contains(r.Match.Resources.Kinds, r.Generate.Kind) {
		return errors.New("generation kind and match resource kind should not be the same")
	}
	return nil
}

// checkMutate requires one way of mutating.
func checkMutate(r *rule) (string, error) {
	m := r.Mutate
	if len(m.ForEach) > 0 {
		if m.PatchStrategicMerge != nil || m.PatchesJSON6902 != "" {
			return "foreach", errors.New("only one of `foreach`, `patchStrategicMerge`, or `patchesJson6902` is allowed")
		}
		return checkMutateForEach("", m.ForEach)
	}
	if m.PatchStrategicMerge != nil && m.PatchesJSON6902 != "" {
		return "foreach", errors.New("only one of `patchStrategicMerge` or `patchesJson6902` is allowed")
	}
	if r.CELPreconditions != nil {
		return "", errCELPreconditions
	}
	return "", nil
}

func checkMutateForEach(tag string, list []foreachMutation) (string, error) {
	for i, f := range list {
		tag += fmt.Sprintf("foreach[%d]", i)
		if len(f.ForEach) > 0 {
			if f.Context != nil || f.Preconditions != nil || f.PatchesJSON6902 != "" || f.PatchStrategicMerge != nil {
				return tag, errors.New("a nested foreach cannot contain other declarations")
			}
			return checkMutateForEach(tag, f.ForEach)
		}
		if (f.PatchesJSON6902 == "") == (f.PatchStrategicMerge == nil) {
			return tag, errors.New("only one of `patchStrategicMerge` or `patchesJson6902` is allowed")
		}
	}
	return "", nil
}

// checkValidate requires one way of validating, with anchors that patterns know.
func checkValidate(r *rule) (string, error) {
	v := r.Validate
	switch count := v.ways(); {
	case count == 0:
		return "", errors.New("one of pattern, anyPattern, deny, foreach, cel must be specified")
	case count > 1:
		return "", errors.New("only one of pattern, anyPattern, deny, foreach, cel can be specified")
	}
	if path, err := checkPattern(v.Pattern, "/", patternAnchor); err != nil {
		return "pattern." + path, err
	}
	patterns, err := anyPatterns(v.AnyPattern)
	if err != nil {
		return "anyPattern", fmt.Errorf("failed to deserialize anyPattern, expect array: %w", err) // Kyverno's text
	}
	for i, p := range patterns {
		if path, err := checkPattern(p, "/", patternAnchor); err != nil {
			return fmt.Sprintf("anyPattern[%d].%s", i, path), err
		}
	}
	for i := range v.ForEach {
		if err := v.ForEach[i].check(); err != nil {
			return "", err
		}
	}
	if r.CELPreconditions != nil && v.CEL == nil {
		return "", errCELPreconditions
	}
	return "", v.CEL.check()
}

// ways counts the ways of validating that a block has.
func (v *validation) ways() int {
	return count(v.Pattern != nil, v.AnyPattern != nil, v.Deny != nil, v.ForEach != nil, v.PodSecurity != nil,
		v.CEL != nil, v.Manifests != nil && len(v.Manifests.Attestors) > 0)
}

func (f *foreachValidation) check() error {
	if f.List == "" {
		return errors.New("foreach.list is required")
	}
	switch n := count(f.Pattern != nil, f.AnyPattern != nil, f.Deny != nil, len(f.ForEach) > 0); {
	case n == 0:
		return errors.New("one of pattern, anyPattern, deny, or a nested foreach must be specified")
	case n > 1:
		return errors.New("only one of pattern, anyPattern, deny, or a nested foreach can be specified")
	}
	return nil
}

func count(conditions ...bool) int {
	n := 0
	for _, is := range conditions {
		if is {
			n++
		}
	}
	return n
}

// anyPatterns returns the entries of validate.anyPattern.
func anyPatterns(list any) ([]any, error) {
	if list == nil {
		return nil, nil
	}
	data, err := json.Marshal(list)
	if err != nil {
		return nil, err
	}
	var patterns []any
	return patterns, json.Unmarshal(data, &patterns)
}

// checkGenerate refuses anchors in what is to be made.
func checkGenerate(r *rule) (string, error) {
	g := r.Generate
	if selector := g.CloneList.Selector; selector != nil && wildcard.In(selector.String()) {
		return "selector", errors.New("wildcard characters `*/?` not supported")
	}
	if r.CELPreconditions != nil {
		return "", errCELPreconditions
	}
	if path, err := checkPattern(g.Data, "/", nil); err != nil {
		return "data." + path, fmt.Errorf("anchors not supported on generate resources: %w", err)
	}
	return "", nil
}
