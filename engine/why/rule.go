package why

import (
	"cmp"
	"fmt"
	"strings"

	"podsec/engine"
	"podsec/engine/document"
)

// outcomes are the outcomes of considered rules by their status.
var outcomes = map[engine.Status]Outcome{
	engine.Pass: Passes, engine.Fail: Fails, engine.Warn: Fails, engine.Error: Errs, engine.Skip: Skipped,
}

// rule explains what a rule said.
func (p *pass) rule(policy *engine.Policy, r engine.RuleResult) Rule {
	source := p.explainer.sources[policy]
	out := Rule{
		Policy: policy.Key(), Name: r.Rule, Path: r.Path, Type: r.Type, Message: r.Message, Outcome: NoMatch,
	}
	out.At, _ = source.Place(r.Path)
	if r.Autogen {
		out.Written = writtenName(source, r.Path)
	}
	if r.Matched {
		out.Outcome = outcomes[r.Status]
	}
	for _, step := range r.Trace {
		if step.Phase == engine.PhaseAction && step.Clause == r.ActionFrom {
			continue // becomes Effect
		}
		check := p.check(source, step)
		if decides(step.Phase) {
			out.Because = append(out.Because, check)
			continue
		}
		out.Checks = append(out.Checks, check)
	}
	describeControls(out.Checks, r.PodSecurity)
	if r.PodSecurity != nil {
		out.Standard = r.PodSecurity.Level + ":" + cmp.Or(r.PodSecurity.Version, "latest")
	}
	for _, change := range r.Changes {
		out.Changes = append(out.Changes, changeOf(source, r.Path, change))
	}
	if len(out.Changes) > 0 {
		out.Outcome, out.Checks = Changes, nil
	}
	return out
}

// writtenName is the name of the rule at a path.
func writtenName(source *document.Document, path string) string {
	rules, _ := source.Object.Object["spec"].(map[string]any)["rules"].([]any)
	index := 0
	if _, err := fmt.Sscanf(path, "spec.rules[%d]", &index); err != nil || index >= len(rules) {
		return ""
	}
	name, _ := rules[index].(map[string]any)["name"].(string)
	return name
}

// decides says whether a phase decides if a rule is considered.
func decides(phase engine.Phase) bool {
	switch phase {
	case engine.PhaseMatch, engine.PhaseExclude, engine.PhaseException, engine.PhasePrecondition:
		return true
	}
	return false
}

func (p *pass) check(source *document.Document, step engine.Step) Check {
	c := Check{
		Phase: step.Phase, OK: step.OK, Field: step.Field, Clause: step.Clause, Found: step.Found, Allowed: step.Wanted,
		Note: step.Note, Pattern: step.Pattern, Base: step.Base, Reversed: step.Reversed,
	}
	if step.Phase != engine.PhaseException {
		c.At, _ = source.Place(step.Clause)
	}
	if isPath(step.Field) {
		c.FieldAt, _ = p.document.Place(step.Field)
	}
	return c
}

// isPath says whether a step's field is a path and not an expression.
func isPath(field string) bool { return field != "" && !strings.Contains(field, "{{") }

// effect notes what a failed rule does to the request.
func (p *pass) effect(policy *engine.Policy, r engine.RuleResult, out *Rule) {
	if out.Outcome != Fails && out.Outcome != Errs {
		return
	}
	out.Effect = Reports
	clause := &Clause{Path: r.ActionFrom, Value: string(r.Action)}
	switch {
	case p.explanation.Filter != "":
		clause = &Clause{Path: "the resource filter", Value: p.explanation.Filter}
	case !policy.Admission():
		clause = &Clause{Path: "spec.admission", Value: "false"}
	case r.Enforced && out.Outcome == Errs && policy.FailurePolicyIgnore():
		clause = &Clause{Path: "spec.webhookConfiguration.failurePolicy", Value: "Ignore", Note: "errors let requests pass"}
	case r.Enforced && (out.Outcome == Errs || r.Action == engine.Enforce):
		out.Effect = Blocks
	case r.Action == engine.Enforce:
		clause.Note = "an override of the policy wins over the rule while the request waits"
	}
	if clause.Path == "default" {
		clause.Path, clause.Note = out.Path+".validate.failureAction", cmp.Or(clause.Note, "not set, and Audit is the default")
	}
	if strings.HasPrefix(clause.Path, "spec.") {
		clause.At, _ = p.explainer.sources[policy].Place(clause.Path)
	}
	out.EffectFrom = clause
}
