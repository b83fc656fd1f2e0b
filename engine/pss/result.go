package pss

// Result is the verdict of one podSecurity rule on one pod.
type Result struct {
	Allowed    bool
	Level      string // as the policy writes it: "baseline"
	Version    string // as the policy writes it: "latest", "v1.24", or "" when omitted
	Violations []Violation
}

// Violation is one control that the pod violates.
type Violation struct {
	ID      string   // the upstream check ID: "capabilities_restricted"
	Control string   // the control's name in the standard: "Capabilities"
	Level   string   // the level that brings the control in: "restricted"
	Since   string   // the version of the control that judged: "v1.25"
	Reason  string   // ForbiddenReason: "unrestricted capabilities"
	Detail  string   // upstream's sentence: `container "web" must set securityContext.capabilities.drop=["ALL"]`
	Fields  []Field  // in the order of Kyverno's field error list
	Images  []string // of the containers that violate, with the registry filled in
}

// Field is one offending field.
type Field struct {
	Path    string // "spec.template.spec.containers[0].securityContext.privileged"
	Message string // Kyverno's text of this field error: "… is forbidden, forbidden values found: true"; empty when it has none
	Found   any    // the value found; nil when absent
	Allowed []any  // the allowed values; empty when the standard only forbids
}
