package why

import (
	"cmp"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/pss"
)

// labelPrefix starts the labels that configure Pod Security Admission.
const labelPrefix = "pod-security.kubernetes.io/"

// podSecurity explains what Pod Security Admission says by the labels of the namespace.
func (p *pass) podSecurity(labels map[string]string) {
	object := p.request.Object
	if object == nil || !p.explanation.Verdict.Admitted && p.explanation.Verdict.By != "" {
		return
	}
	meta, spec, path, err := pss.PodOf(object)
	if err != nil {
		return // no pods, nothing to say
	}
	security := &PodSecurity{Namespace: object.GetNamespace()}
	for _, name := range []string{"enforce", "audit", "warn"} {
		level, ok := labels[labelPrefix+name]
		if !ok {
			continue
		}
		version := cmp.Or(labels[labelPrefix+name+"-version"], "latest")
		verdict, err := pss.EvaluateAdmission(level, version, meta, spec, path)
		if err != nil {
			verdict, _ = pss.EvaluateAdmission("restricted", "latest", meta, spec, path) // what upstream falls back to
			level, version = "restricted", "latest"
		}
		mode := Mode{
			Name: name, Level: level, Version: version, Applies: name != "enforce" || object.GetKind() == "Pod",
			Allowed: verdict.Allowed, Detail: verdict.Detail, Checks: p.securityChecks(verdict),
		}
		security.Modes = append(security.Modes, mode)
		p.securityVerdict(object, mode)
	}
	p.explanation.Security = security
}

// securityVerdict denies the pod or warns of it, in the API server's words.
func (p *pass) securityVerdict(object *unstructured.Unstructured, m Mode) {
	if m.Allowed || !m.Applies {
		return
	}
	violation := fmt.Sprintf("PodSecurity %q: %s", m.Level+":"+m.Version, m.Detail)
	switch m.Name {
	case "enforce":
		p.deny("PodSecurity", fmt.Sprintf("pods %q is forbidden: violates %s", object.GetName(), violation))
	case "warn":
		if p.explanation.Verdict.Admitted { // the one that is denied hears why, and needs no warning
			p.explanation.Verdict.Warnings = append(p.explanation.Verdict.Warnings, "would violate "+violation)
		}
	}
}

func (p *pass) securityChecks(verdict pss.Admission) []Check {
	var checks []Check
	for _, v := range verdict.Violations {
		for i := range max(len(v.Fields), 1) {
			check := Check{Phase: engine.PhasePodSecurity, Note: v.Reason + parenthesis(v.Detail), Control: controlOf(v, i)}
			if i < len(v.Fields) {
				f := v.Fields[i]
				check.Field, check.Found, check.Allowed = f.Path, encode(f.Found), allowed(f.Allowed)
				check.FieldAt, _ = p.document.Place(f.Path)
			}
			checks = append(checks, check)
		}
	}
	return checks
}

func parenthesis(detail string) string {
	if detail == "" {
		return ""
	}
	return " (" + detail + ")"
}

// allowed writes a list of allowed values; the empty list means that nothing is.
func allowed(values []any) string {
	if len(values) == 0 {
		return ""
	}
	return encode(values)
}
