package engine

import (
	"fmt"
	"slices"
	"strings"
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
			compiled.markGenerated(compiled.Name == autogenName("autogen-cronjob-", r.Name))
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

// markGenerated notes that the rule was generated, for CronJobs or for the other controllers, and where its patterns were
// moved to.
func (r *rule) markGenerated(cron bool) {
	r.autogen, r.cron = true, cron
	wrapper := "spec.template"
	if cron {
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
