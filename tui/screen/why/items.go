package why

import (
	"fmt"
	"strings"

	"podsec/engine"
	"podsec/engine/why"
	"podsec/kube/inspect"
	"podsec/tui/screen"
	"podsec/tui/text"
)

// weight is how much a decision bears on the verdict.
type weight int

const (
	idle weight = iota // did not look at the object
	passed
	changed
	warned
	reported
	blocks
)

// item is one decision on the way of the request.
type item struct {
	stage  string // "mutate", "PSA", "validate"
	rule   string // "policy/rule", or a mode of Pod Security Admission
	policy string // key, "" for none
	says   string
	weight weight
	// clauses are the lines of the policy that decided, and field is what they are about; both are paths.
	clauses []string
	field   string
	notes   []string // sentences, the most important first
	// generated says that Kyverno made the rule of a written one.
	generated bool
}

// itemsOf are the decisions on a request in their order; rules that did not look at the object come last, and of those
// that were generated for other kinds there is only the number.
func itemsOf(a inspect.Answer) []item {
	var looked, idled []item
	others := 0
	for _, it := range decisions(a) {
		switch {
		case it.weight != idle || it.stage == "PSA":
			looked = append(looked, it)
		case it.generated:
			others++
		default:
			idled = append(idled, it)
		}
	}
	if others > 0 {
		idled = append(idled, item{stage: "autogen", rule: text.Plural(others, "generated rule", "generated rules"), says: "for other kinds"})
	}
	return append(looked, idled...)
}

// decisions are the decisions on a request in their order.
func decisions(a inspect.Answer) []item {
	var out []item
	for _, r := range a.Mutated().Mutate {
		out = append(out, ofRule(a, "mutate", r)...)
	}
	for _, r := range a.Images {
		out = append(out, ofRule(a, "images", r)...)
	}
	if a.Security != nil {
		out = append(out, ofSecurity(a.Security)...)
	}
	for _, r := range a.Validate {
		out = append(out, ofRule(a, "validate", r)...)
	}
	for _, r := range a.Elsewhere {
		out = append(out, item{stage: "later", rule: r.Policy + "/" + r.Name, policy: r.Policy, says: r.Message, clauses: []string{r.Path}})
	}
	return out
}

// ofRule are the decisions of one rule: one for each change, or each check that speaks against the object.
func ofRule(a inspect.Answer, stage string, r why.Rule) []item {
	base := item{stage: stage, rule: r.Policy + "/" + r.Name, policy: r.Policy, clauses: []string{r.Path}, notes: reasons(r), generated: r.Written != ""}
	switch r.Outcome {
	case why.NoMatch:
		if stage == "mutate" && a.Scanned {
			base.says, base.clauses = "changes what is sent, not what is stored", []string{r.Path}
			return []item{base}
		}
		base.says = "not considered" + because(r)
		base.clauses = append(clausesOf(r.Because), r.Path)
		return []item{base}
	case why.Changes:
		var out []item
		for _, c := range r.Changes {
			one := base
			one.weight, one.field, one.says = changed, c.Field, changeText(c)
			one.clauses = append(patches(r.Path, c.Field), r.Path)
			out = append(out, one)
		}
		return out
	case why.Fails, why.Errs:
		return failures(base, r)
	}
	base.weight, base.says = passed, string(r.Outcome)
	if r.Outcome == why.Skipped {
		base.weight, base.says = idle, "skipped: "+r.Message
	}
	return []item{base}
}

// failures are the checks of a rule that speak against the object.
func failures(base item, r why.Rule) []item {
	base.weight = reported
	if r.Effect == why.Blocks {
		base.weight = blocks
	}
	if r.EffectFrom != nil {
		base.clauses = append(base.clauses, r.EffectFrom.Path)
	}
	var out []item
	for _, c := range r.Checks {
		if !c.Against() {
			continue
		}
		one := base
		one.field, one.says = c.Field, checkText(c)
		one.clauses = append([]string{c.Clause}, base.clauses...)
		one.notes = append(controlText(c), base.notes...)
		out = append(out, one)
	}
	if len(out) == 0 {
		base.says = r.Message
		out = []item{base}
	}
	return out
}

// reasons are sentences about a rule: what it says, and what a failure does.
func reasons(r why.Rule) []string {
	var out []string
	if r.Message != "" && r.Effect != why.Blocks { // the verdict says those
		out = append(out, "Kyverno: "+r.Message)
	}
	if from := r.EffectFrom; from != nil {
		effect := "only reported"
		if r.Effect == why.Blocks {
			effect = "blocks the request"
		}
		sentence := fmt.Sprintf("It %s because %s is %s", strings.Replace(effect, "only", "is only", 1), from.Path, from.Value)
		if from.Note != "" {
			sentence += " (" + from.Note + ")"
		}
		out = append(out, sentence+".")
	}
	if r.Written != "" {
		out = append(out, "Generated from the rule "+r.Written+" for pod controllers.")
	}
	return out
}

// because is the first clause that keeps a rule from being considered.
func because(r why.Rule) string {
	for _, c := range r.Because {
		if c.Phase == engine.PhaseMatch && c.OK {
			continue
		}
		clause := strings.TrimPrefix(c.Clause, r.Path+".")
		switch {
		case c.Allowed != "":
			return fmt.Sprintf(": %s wants %s, it is %s", clause, c.Allowed, found(c))
		case c.Note != "":
			return ": " + c.Note
		}
		return ": " + clause
	}
	return ""
}

// patches are where the patch that changed a field may stand in a rule, the deepest place first.
func patches(rule, field string) []string {
	inner := field
	for _, prefix := range []string{"spec.jobTemplate.spec.template.", "spec.template."} {
		inner = strings.TrimPrefix(inner, prefix)
	}
	var out []string
	for _, patch := range []string{".mutate.patchStrategicMerge.", ".mutate.foreach[0].patchStrategicMerge."} {
		out = append(out, rule+patch+field, rule+patch+inner)
	}
	return append(out, rule+".mutate")
}

func clausesOf(checks []why.Check) []string {
	var out []string
	for _, c := range checks {
		if c.Clause != "" && !(c.Phase == engine.PhaseMatch && c.OK) {
			out = append(out, c.Clause)
		}
	}
	return out
}

// ofSecurity are the decisions of Pod Security Admission.
func ofSecurity(s *why.PodSecurity) []item {
	if len(s.Modes) == 0 {
		return []item{{stage: "PSA", rule: "namespace " + s.Namespace, says: "no labels: every pod may run", weight: idle}}
	}
	var out []item
	for _, m := range s.Modes {
		base := item{stage: "PSA", rule: m.Name + " " + m.Level + ":" + m.Version, weight: passed, says: "passes"}
		if m.Allowed {
			out = append(out, base)
			continue
		}
		base.weight = warned
		if m.Name == "enforce" && m.Applies {
			base.weight = blocks
		}
		switch {
		case m.Name == "enforce" && !m.Applies:
			base.notes = []string{"The object is stored, but its pods will be refused: enforce looks at pods only."}
		case m.Name == "audit":
			base.notes = []string{"The mode audit only writes to the audit log."}
		}
		for _, c := range m.Checks {
			one := base
			one.field, one.says = c.Field, checkText(c)
			one.notes = append(controlText(c), base.notes...)
			out = append(out, one)
		}
	}
	return out
}

// decisive is the item that matters most: of the rule that the subject names, else of all.
func decisive(items []item, s screen.Subject) int {
	best, own := 0, false
	for i, it := range items {
		named := s.Policy != "" && it.policy == s.Policy && (s.Rule == "" || strings.HasSuffix(it.rule, "/"+s.Rule))
		if named && !own || named == own && it.weight > items[best].weight {
			best, own = i, own || named
		}
	}
	return best
}
