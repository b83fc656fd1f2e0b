package engine

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"

	"podsec/engine/cel"
)

// judgeCEL evaluates validate.cel. Violations of an object that is updated are not forgiven here, as in Kyverno.
func (v *validator) judgeCEL() *verdict {
	resource, _ := meta.UnsafeGuessKindToResource(v.subject.kind)
	said := v.rule.cel.Evaluate(v.scope.ctx, cel.Input{
		Object: v.request.Object, OldObject: v.request.OldObject, Kind: v.subject.kind, Resource: resource,
		Operation: string(v.request.operation()), User: v.subject.user, NamespaceLabels: v.subject.namespaceLabels,
	})
	v.trace(v.celStep(said))
	switch said.Outcome {
	case cel.Denied:
		return failed(said.Message)
	case cel.Skipped:
		return skipped(said.Message)
	case cel.Broken:
		return broken(said.Message, nil)
	}
	return passed(fmt.Sprintf("Validation rule '%s' passed.", v.rule.Name))
}

// celStep says which expression decided.
func (v *validator) celStep(said cel.Verdict) Step {
	clause := v.rule.path + ".validate.cel"
	step := Step{Phase: PhaseCEL, OK: said.Outcome == cel.Admitted, Clause: clause, Note: said.Message}
	switch {
	case said.Outcome == cel.Skipped:
		step.Clause = v.rule.path + ".celPreconditions"
	case said.Expression >= 0:
		step.Clause = fmt.Sprintf("%s.expressions[%d]", clause, said.Expression)
		step.Wanted = v.rule.cel.Expression(said.Expression)
	}
	return step
}
