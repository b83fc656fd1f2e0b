package engine

import "strings"

// wrapRule moves what a rule checks or changes below spec.<template>: "template" for controllers, and for CronJobs
// "jobTemplate" around what was already moved. shift is the same place for references in messages. It returns nil for a
// rule of which no generated form exists. raw is changed.
func wrapRule(raw map[string]any, template, shift string) map[string]any {
	if m, ok := raw["mutate"].(map[string]any); ok && wrapMutate(raw, m, template) {
		return raw
	}
	if v, ok := raw["validate"].(map[string]any); ok && wrapValidate(raw, v, template, shift) {
		return raw
	}
	if _, ok := raw["verifyImages"]; ok {
		return raw
	}
	return nil
}

func below(template string, value any) map[string]any {
	return map[string]any{"spec": map[string]any{template: value}}
}

// wrapMutate keeps only the strategic merge patches; what else the block says (targets, order) gets lost, as in Kyverno.
func wrapMutate(raw, mutate map[string]any, template string) bool {
	if patch, ok := mutate["patchStrategicMerge"]; ok && patch != nil {
		raw["mutate"] = map[string]any{"patchStrategicMerge": below(template, patch)}
		return true
	}
	loops, _ := mutate["foreach"].([]any)
	if len(loops) == 0 {
		return false
	}
	wrapped := make([]any, 0, len(loops))
	for _, loop := range loops {
		loop, ok := loop.(map[string]any)
		if !ok {
			return false
		}
		out := map[string]any{"patchStrategicMerge": below(template, loop["patchStrategicMerge"])}
		keep(out, loop, "list", "context", "preconditions")
		wrapped = append(wrapped, out)
	}
	raw["mutate"] = map[string]any{"foreach": wrapped}
	return true
}

// wrapValidate rebuilds the block from what it checks, its message and its failure action.
func wrapValidate(raw, validate map[string]any, template, shift string) bool {
	out := map[string]any{}
	keep(out, validate, "failureAction", "failureActionOverrides", "allowExistingViolations")
	pivot := ""
	switch {
	case validate["pattern"] != nil:
		pivot = "pattern"
		out["pattern"] = below(template, validate["pattern"])
	case validate["deny"] != nil:
		pivot = "deny"
		out["deny"] = validate["deny"]
	case validate["podSecurity"] != nil:
		pivot = "podSecurity"
		out["podSecurity"] = validate["podSecurity"]
	case validate["anyPattern"] != nil:
		pivot = "anyPattern"
		out["anyPattern"] = wrapEach(validate["anyPattern"], template)
	case validate["foreach"] != nil:
		pivot = "pattern"
		out["foreach"] = validate["foreach"]
	case validate["cel"] != nil:
		return true // as it is; only the variables change
	default:
		return false
	}
	if message, _ := validate["message"].(string); message != "" {
		out["message"] = shiftReferences(message, shift, pivot)
	}
	raw["validate"] = out
	return true
}

func wrapEach(patterns any, template string) []any {
	list, _ := patterns.([]any)
	wrapped := make([]any, 0, len(list))
	for _, p := range list {
		wrapped = append(wrapped, below(template, p))
	}
	return wrapped
}

func keep(to, from map[string]any, keys ...string) {
	for _, key := range keys {
		if value, ok := from[key]; ok && value != nil {
			to[key] = value
		}
	}
}

// shiftReferences moves the references of a message ("$(./../pattern/spec/…)") below the template.
func shiftReferences(message, shift, pivot string) string {
	return referenceRE.ReplaceAllStringFunc(message, func(reference string) string {
		at := pivot
		if _, rest, ok := strings.Cut(reference, pivot+"/"); ok && pivot == "anyPattern" {
			index, _, _ := strings.Cut(rest, "/")
			at += "/" + index
		}
		return strings.ReplaceAll(reference, at, at+"/"+shift)
	})
}
