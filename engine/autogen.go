package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	k8sjson "k8s.io/apimachinery/pkg/util/json"
)

// autogenAnnotation chooses the pod controllers for which rules are generated ("none" for no rules at all).
const autogenAnnotation = "pod-policies.kyverno.io/autogen-controllers"

// podControllers are the kinds for which Kyverno generates rules from rules for pods, in the order in which
// status.autogen.rules lists them.
var podControllers = []string{
	"CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet",
}

// controllerKinds are the full names that generated rules match.
var controllerKinds = map[string]string{
	"DaemonSet":             "apps/v1/DaemonSet",
	"Deployment":            "apps/v1/Deployment",
	"Job":                   "batch/v1/Job",
	"StatefulSet":           "apps/v1/StatefulSet",
	"ReplicaSet":            "apps/v1/ReplicaSet",
	"ReplicationController": "v1/ReplicationController",
	"CronJob":               "batch/v1/CronJob",
	"Pod":                   "v1/Pod",
}

// Autogen returns the rules that Kyverno generates for pod controllers, as status.autogen.rules stores them; nil when
// there are none. Callers must not change them.
func (p *Policy) Autogen() []any {
	var rules []any
	for _, r := range p.rules {
		if r.autogen {
			rules = append(rules, r.raw)
		}
	}
	return rules
}

// generate makes the list of rules to evaluate: the written ones, and those for pod controllers after them. A written
// rule whose name starts with "autogen-" is dropped when rules are generated, as Kyverno does.
func (p *Policy) generate() error {
	p.rules = p.written
	if p.controllers = p.autogenControllers(); len(p.controllers) == 0 {
		return nil
	}
	var generated []*rule
	for _, r := range p.written {
		for _, raw := range generateRules(r, p.controllers) {
			compiled, err := compileRule(raw, fmt.Sprintf("spec.rules[%d]", r.index), r.index)
			if err != nil {
				return fmt.Errorf("generate %s: %w", raw["name"], err)
			}
			compiled.markGenerated()
			generated = append(generated, compiled)
		}
	}
	if len(generated) == 0 {
		return nil
	}
	own := slices.DeleteFunc(slices.Clone(p.written), isAutogenName)
	p.rules = append(own, generated...)
	return nil
}

// markGenerated notes that the rule was generated, and where its patterns were moved to.
func (r *rule) markGenerated() {
	r.autogen = true
	wrapper := "spec.template"
	if strings.HasPrefix(r.Name, "autogen-cronjob-") {
		wrapper = "spec.jobTemplate.spec.template"
	}
	if r.pattern != nil {
		r.pattern.wrapper = wrapper
	}
	for _, p := range r.anyPattern {
		p.wrapper = wrapper
	}
}

func isAutogenName(r *rule) bool { return strings.HasPrefix(r.Name, "autogen-") }

// autogenControllers returns the controllers to generate rules for, none when the policy rules it out: one rule that
// generates, patches by JSON patch, selects by name, selector or annotation, or mixes Pod with another kind disables it
// for the whole policy.
func (p *Policy) autogenControllers() []string {
	needed := false
	for _, r := range p.written {
		if r.hasGenerate() || usesJSONPatch(r.Mutate) {
			return nil
		}
		filters := r.Match.filters()
		if r.Exclude != nil {
			filters = append(filters, r.Exclude.filters()...)
		}
		for _, f := range filters {
			if !allowsAutogen(f.Resources) {
				return nil
			}
			needed = needed || slices.ContainsFunc(f.Resources.Kinds, isPodKind)
		}
	}
	if !needed {
		return nil
	}
	if chosen, ok := p.object.GetAnnotations()[autogenAnnotation]; ok {
		if chosen == "none" || chosen == "" {
			return nil
		}
		return strings.Split(chosen, ",")
	}
	return podControllers
}

func usesJSONPatch(m *mutation) bool {
	return m != nil && (m.PatchesJSON6902 != "" ||
		slices.ContainsFunc(m.ForEach, func(f foreachMutation) bool { return f.PatchesJSON6902 != "" }))
}

func allowsAutogen(d description) bool {
	mixed := len(d.Kinds) > 1 && containsKind(d.Kinds, "Pod")
	return d.Name == "" && len(d.Names) == 0 && d.Selector == nil && d.Annotations == nil && !mixed
}

func isPodKind(kind string) bool { return kind == "Pod" || slices.Contains(podControllers, kind) }

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
	for _, object := range []string{"request.object.", "request.oldObject."} {
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
