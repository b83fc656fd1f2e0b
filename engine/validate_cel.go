package engine

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"

	"podsec/engine/cel"
)

// judgeCEL evaluates validate.cel. Violations of an object that is updated are not forgiven here, as in Kyverno.
func (v *validator) judgeCEL() *verdict {
	resource, _ := meta.UnsafeGuessKindToResource(v.subject.kind)
	outcome, message := v.rule.cel.Evaluate(v.scope.ctx, cel.Input{
		Object: v.request.Object, OldObject: v.request.OldObject, Kind: v.subject.kind, Resource: resource,
		Operation: string(v.request.operation()), User: v.subject.user, NamespaceLabels: v.subject.namespaceLabels,
	})
	v.trace(Step{Phase: PhaseCEL, OK: outcome == cel.Admitted, Clause: v.rule.path + ".validate.cel", Note: message})
	switch outcome {
	case cel.Denied:
		return failed(message)
	case cel.Skipped:
		return skipped(message)
	case cel.Broken:
		return broken(message, nil)
	}
	return passed(fmt.Sprintf("Validation rule '%s' passed.", v.rule.Name))
}
