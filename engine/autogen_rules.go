package engine

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	k8sjson "k8s.io/apimachinery/pkg/util/json"
)

// generateRules returns the rule for controllers and the rule for CronJobs that follow from a rule for pods.
func generateRules(r *rule, controllers []string) []map[string]any {
	kinds := slices.DeleteFunc(slices.Sorted(slices.Values(controllers)), func(k string) bool { return k == "CronJob" })
	var rules []map[string]any
	if forControllers := controllerRule(r, kinds); forControllers != nil {
		forControllers["name"] = autogenName("autogen-", r.Name)
		rules = append(rules, rewriteFields(forControllers, "spec.template."))
	}
	joined := strings.Join(controllers, ",")
	if !strings.Contains(joined, "CronJob") && !strings.Contains(joined, "all") {
		return rules
	}
	if forJobs := controllerRule(r, controllers); forJobs != nil {
		cron := wrapRule(forJobs, "jobTemplate", "spec/jobTemplate/spec/template")
		if cron == nil {
			return rules
		}
		setKinds(cron, []string{"CronJob"}, func([]any) bool { return true })
		cron["name"] = autogenName("autogen-cronjob-", r.Name)
		rules = append(rules, rewriteFields(cron, "spec.jobTemplate.spec.template."))
	}
	return rules
}

// controllerRule returns the rule for pod controllers, nil when the rule is not about pods or nothing is left of it.
func controllerRule(r *rule, controllers []string) map[string]any {
	if isAutogenName(r) || len(controllers) == 0 || !containsKind(r.Match.kinds(), "Pod") {
		return nil
	}
	if r.Exclude != nil && len(r.Exclude.kinds()) > 0 && !containsKind(r.Exclude.kinds(), "Pod") {
		return nil
	}
	wrapped := wrapRule(autogenFields(r.raw), "template", "spec/template")
	if wrapped == nil {
		return nil
	}
	setKinds(wrapped, knownControllers(controllers), func(kinds []any) bool { return containsKind(stringsOf(kinds), "Pod") })
	return wrapped
}

// knownControllers are the controllers other than CronJob that a list names; "all" are all, and a list with nothing
// known in it is used as it is.
func knownControllers(controllers []string) []string {
	if slices.Equal(controllers, []string{"all"}) {
		return podControllers[1:]
	}
	known := slices.DeleteFunc(slices.Sorted(slices.Values(controllers)), func(k string) bool {
		return k == "CronJob" || !slices.Contains(podControllers, k)
	})
	if len(known) > 0 {
		return known
	}
	return controllers
}

// autogenFields copies the fields of a rule that generated rules keep.
func autogenFields(raw map[string]any) map[string]any {
	out := map[string]any{}
	for _, key := range []string{
		"match", "exclude", "celPreconditions", "context", "preconditions", "mutate", "validate", "verifyImages",
		"skipBackgroundRequests", "reportProperties",
	} {
		if value, ok := raw[key]; ok && value != nil {
			out[key] = copyJSON(value)
		}
	}
	verifications, _ := out["verifyImages"].([]any)
	for _, v := range verifications {
		if v, ok := v.(map[string]any); ok {
			child(v, "validate") // Kyverno's stored rules have it even when it is empty
		}
	}
	return out
}

// setKinds replaces the kinds of a rule's match and exclude where replace says so (of any and all; the older form
// always changes, in exclude only when it has kinds).
func setKinds(raw map[string]any, controllers []string, replace func(kinds []any) bool) {
	var kinds []any
	for _, c := range controllers {
		if full, ok := controllerKinds[c]; ok {
			c = full
		}
		kinds = append(kinds, c)
	}
	for _, side := range []string{"match", "exclude"} {
		block, ok := raw[side].(map[string]any)
		if !ok {
			continue
		}
		setBlockKinds(block, kinds, replace, side == "match")
	}
}

func setBlockKinds(block map[string]any, kinds []any, replace func(kinds []any) bool, always bool) {
	filters, _ := block["any"].([]any)
	if len(filters) == 0 {
		filters, _ = block["all"].([]any)
	}
	resources := child(block, "resources") // Kyverno's stored rules have it even when it is empty
	if len(filters) == 0 {
		if have, _ := resources["kinds"].([]any); always || len(have) > 0 {
			resources["kinds"] = kinds
		}
		return
	}
	for _, f := range filters {
		if f, ok := f.(map[string]any); ok {
			resources := child(f, "resources")
			if have, _ := resources["kinds"].([]any); replace(have) {
				resources["kinds"] = kinds
			}
		}
	}
}

// child returns the object under key, made when it is missing.
func child(object map[string]any, key string) map[string]any {
	c, ok := object[key].(map[string]any)
	if !ok {
		c = map[string]any{}
		object[key] = c
	}
	return c
}

func autogenName(prefix, name string) string {
	name = prefix + name
	return name[:min(len(name), 63)]
}

// rewriteFields points the variables of a generated rule at the pod template. Kyverno replaces text in the whole rule,
// messages included.
func rewriteFields(raw map[string]any, template string) map[string]any {
	data, err := json.Marshal(raw)
	if err != nil {
		return raw
	}
	objects := []string{"request.object.", "request.oldObject."}
	if validate, _ := raw["validate"].(map[string]any); validate["cel"] != nil {
		objects = []string{"object.", "oldObject."} // CEL has them as variables of their own
	}
	for _, object := range objects {
		for _, field := range []string{"spec", "metadata"} {
			data = bytes.ReplaceAll(data, []byte(object+field), []byte(object+template+field))
		}
	}
	var out map[string]any
	if err := k8sjson.Unmarshal(data, &out); err != nil {
		return raw
	}
	return out
}

// copyJSON copies a JSON value deeply; numbers stay as they are.
func copyJSON(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(value))
		for k, v := range value {
			out[k] = copyJSON(v)
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i, v := range value {
			out[i] = copyJSON(v)
		}
		return out
	}
	return value
}

func stringsOf(list []any) []string {
	out := make([]string, 0, len(list))
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
