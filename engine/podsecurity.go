package engine

import (
	"errors"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/pss"
)

// judgePodSecurity evaluates validate.podSecurity. Deletions are not judged. Exceptions exempt the whole rule, or the
// controls that they name.
func (v *validator) judgePodSecurity(exceptions ruleExceptions) *verdict {
	if v.request.operation() == Delete {
		return nil
	}
	if exceptions.blanket != "" {
		return exempted("rule is skipped due to policy exception ", exceptions.blanket)
	}
	result, err := v.evaluatePodSecurity(v.request.Resource(), nil)
	if err != nil {
		return err
	}
	if !result.Allowed && len(exceptions.controls) > 0 {
		exempt, err := v.evaluatePodSecurity(v.request.Resource(), exceptions.controls)
		if err != nil {
			return err
		}
		if exempt.Allowed {
			return exempted("rule is skipped due to policy exceptions ", exceptions.keys...)
		}
		result = exempt
	}
	v.result.PodSecurity = result
	v.tracePodSecurity(result)
	if result.Allowed {
		return passed(result.Message(v.rule.Name))
	}
	v.result.Properties = result.Properties()
	if v.violatedBefore() {
		v.result.PodSecurity, v.result.Properties = nil, nil
		return skipped(existingViolation)
	}
	return failed(result.Message(v.rule.Name))
}

// evaluatePodSecurity judges one resource, with more exclusions than the rule's own.
func (v *validator) evaluatePodSecurity(resource *unstructured.Unstructured, more []pss.Exclude) (*pss.Result, *verdict) {
	meta, spec, path, err := pss.PodOf(resource)
	if err != nil {
		return nil, broken("Error while getting new resource", err)
	}
	block := v.rule.Validate.PodSecurity
	rule := pss.Rule{Level: block.Level, Version: block.Version, Exclude: excludes(block.Exclude)}
	rule.Exclude = append(rule.Exclude, more...)
	result, err := pss.Evaluate(rule, meta, spec, path)
	if err != nil {
		return nil, broken("failed to parse pod security api version", errors.Unwrap(err))
	}
	return &result, nil
}

func excludes(rules []podSecurityRule) []pss.Exclude {
	out := make([]pss.Exclude, 0, len(rules))
	for _, r := range rules {
		out = append(out, pss.Exclude{
			ControlName: r.ControlName, Images: r.Images, RestrictedField: r.RestrictedField, Values: r.Values,
		})
	}
	return out
}

// violatedBefore says whether the old object of an update fails as well and the rule lets it be.
func (v *validator) violatedBefore() bool {
	if !v.asksOld() {
		return false
	}
	request, ok := v.oldRequest()
	if !ok {
		return false
	}
	old, failed := v.evaluatePodSecurity(request.Object, nil)
	if failed != nil || old.Allowed {
		return false
	}
	v.trace(Step{
		Phase: PhaseAction, OK: true, Clause: v.rule.path + ".validate.allowExistingViolations",
		Note: "the object violated this rule before: " + old.Message(v.rule.Name),
	})
	return true
}

// tracePodSecurity notes every offending field, with its control and what the standard allows.
func (v *validator) tracePodSecurity(result *pss.Result) {
	if !v.traced() {
		return
	}
	clause := v.rule.path + ".validate.podSecurity"
	if result.Allowed {
		v.trace(Step{Phase: PhasePodSecurity, OK: true, Clause: clause, Note: "the pod meets every control of the level"})
		return
	}
	for _, violation := range result.Violations {
		note := violation.Control + " (" + violation.Level + ", " + violation.Since + "): " + violation.Reason
		for _, f := range violation.Fields {
			v.trace(Step{
				Phase: PhasePodSecurity, Clause: clause, Field: f.Path, Found: toJSON(f.Found), Wanted: allowedValues(f.Allowed), Note: note,
			})
		}
		if len(violation.Fields) == 0 {
			v.trace(Step{Phase: PhasePodSecurity, Clause: clause, Note: note})
		}
	}
}

func allowedValues(values []any) string {
	if len(values) == 0 {
		return ""
	}
	return toJSON(values)
}
