package fix

import (
	"podsec/engine"
	"podsec/engine/why"
)

// failure is one check that speaks against the resource.
type failure struct {
	rule   string // "policy/rule", or the mode of Pod Security Admission
	check  why.Check
	broken string // the message of a rule that has an error
}

// id tells failures apart from one judgement to the next.
func (f failure) id() string {
	return f.rule + "|" + string(f.check.Phase) + "|" + f.check.Field + "|" + f.check.Clause
}

// failures are the checks that fail, of rules that block and of rules that report.
func failures(e *why.Explanation) []failure {
	var out []failure
	if e.Security != nil {
		for _, mode := range e.Security.Modes {
			for _, c := range mode.Checks {
				out = append(out, failure{rule: "PodSecurity " + mode.Name + " " + mode.Level, check: c})
			}
		}
	}
	for _, rules := range [][]why.Rule{e.Mutate, e.Images, e.Validate} {
		for _, r := range rules {
			out = append(out, ruleFailures(r)...)
		}
	}
	return out
}

func ruleFailures(r why.Rule) []failure {
	name := r.Policy + "/" + r.Name
	if r.Outcome == why.Errs {
		return []failure{{rule: name, broken: r.Message}}
	}
	if r.Outcome != why.Fails {
		return nil
	}
	var out []failure
	for _, c := range r.Checks {
		if c.Against() {
			out = append(out, failure{rule: name, check: c})
		}
	}
	if len(out) == 0 {
		out = []failure{{rule: name, broken: r.Message}}
	}
	return out
}

// candidates are changes that may make the check pass, and why there is none.
func (f failure) candidates(object map[string]any, kind string) ([]candidate, []string) {
	switch {
	case f.broken != "":
		return nil, []string{f.broken}
	case f.check.Control != nil:
		found := ofControl(object, kind, f.check)
		if len(found) == 0 {
			return nil, []string{f.check.Note}
		}
		return found, nil
	case f.check.Phase == engine.PhaseDeny:
		return ofDeny(object, f.check)
	case f.check.Phase == engine.PhasePattern && f.check.Pattern != nil:
		return ofPattern(object, f.check)
	}
	if f.check.Phase == engine.PhaseCEL && f.check.Allowed != "" {
		return nil, []string{"the expression must hold: " + f.check.Allowed}
	}
	return nil, []string{f.check.Note}
}
