package engine

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Policy is a compiled ClusterPolicy or Policy. It never changes and may be used by many at once.
type Policy struct {
	object  *unstructured.Unstructured
	spec    spec
	written []*rule // spec.rules
	rules   []*rule // what is evaluated: the written rules and those generated for pod controllers
	// controllers are the kinds for which rules were generated, as the annotation or the default writes them.
	controllers []string
	kinds       []kindSelector
}

// Object returns the policy as it was given to Compile; callers must not change it.
func (p *Policy) Object() *unstructured.Unstructured { return p.object }

// Name returns the policy's name.
func (p *Policy) Name() string { return p.object.GetName() }

// Namespace returns the namespace of a Policy, "" for a ClusterPolicy.
func (p *Policy) Namespace() string { return p.object.GetNamespace() }

// Key returns the policy's name as reports write it: "name", or "namespace/name" for a Policy.
func (p *Policy) Key() string {
	if ns := p.Namespace(); ns != "" {
		return ns + "/" + p.Name()
	}
	return p.Name()
}

// Kinds returns the kinds that the policy's rules match, generated rules included, each once and as written
// ("Pod", "apps/v1/Deployment", "Pod/exec", "*"), in the order of the rules.
func (p *Policy) Kinds() []string {
	var kinds []string
	for _, r := range p.rules {
		for _, kind := range r.Match.kinds() {
			if !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind)
			}
		}
	}
	return kinds
}

// KindsOf is Kinds for the rules of one type.
func (p *Policy) KindsOf(t RuleType) []string {
	var kinds []string
	for _, r := range p.rules {
		if !slices.Contains(r.types(), t) {
			continue
		}
		for _, kind := range r.Match.kinds() {
			if !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind)
			}
		}
	}
	return kinds
}

// Has says whether the policy has a rule of that type.
func (p *Policy) Has(t RuleType) bool {
	return slices.ContainsFunc(p.written, func(r *rule) bool { return slices.Contains(r.types(), t) })
}

// RuleCount returns how many of the policy's own rules do what (status.rulecount; generated rules do not count).
func (p *Policy) RuleCount() (validate, mutate, generate, verifyImages int) {
	for _, r := range p.written {
		for _, t := range r.types() {
			switch t {
			case Validation:
				validate++
			case Mutation:
				mutate++
			case Generation:
				generate++
			case ImageVerify:
				verifyImages++
			}
		}
	}
	return validate, mutate, generate, verifyImages
}

// FailurePolicyIgnore says whether errors of the policy let requests pass (webhookConfiguration.failurePolicy or the
// older spec.failurePolicy is Ignore).
func (p *Policy) FailurePolicyIgnore() bool {
	if w := p.spec.WebhookConfiguration; w != nil && w.FailurePolicy != "" {
		return w.FailurePolicy == "Ignore"
	}
	return p.spec.FailurePolicy == "Ignore"
}

// Background says whether background scans use the policy (spec.background, default true).
func (p *Policy) Background() bool { return p.spec.Background == nil || *p.spec.Background }

// Admission says whether admission uses the policy (spec.admission, default true).
func (p *Policy) Admission() bool { return p.spec.Admission == nil || *p.spec.Admission }

// EmitWarning says whether failed Audit rules warn the client (spec.emitWarning, default false).
func (p *Policy) EmitWarning() bool { return p.spec.EmitWarning }

// Actions returns the failure actions that the policy's validate rules name or inherit, each once, Enforce last.
// Overrides for single namespaces count.
func (p *Policy) Actions() []Action {
	var audit, enforce bool
	note := func(action string) {
		enforce = enforce || isEnforce(action)
		audit = audit || !isEnforce(action)
	}
	for _, r := range p.written {
		if !r.hasValidate() {
			continue
		}
		note(baseAction(p, r))
		for _, o := range slices.Concat(r.Validate.FailureActionOverrides, p.spec.ValidationFailureActionOverrides) {
			note(o.Action)
		}
	}
	var actions []Action
	if audit {
		actions = append(actions, Audit)
	}
	if enforce {
		actions = append(actions, Enforce)
	}
	return actions
}

// ReportStatus is the status under which a result of this policy is reported: with the annotation
// policies.kyverno.io/scored: "false" a failure is only a warning.
func (p *Policy) ReportStatus(s Status) Status {
	if s == Fail && p.object.GetAnnotations()["policies.kyverno.io/scored"] == "false" {
		return Warn
	}
	return s
}

// Applies says whether any rule of the policy names the kind. It is cheap: use it (or a Set) to leave out policies
// before they are evaluated.
func (p *Policy) Applies(kind schema.GroupVersionKind, subresource string) bool {
	return slices.ContainsFunc(p.kinds, func(s kindSelector) bool { return s.match(kind, subresource) })
}

// collectKinds gathers the kinds of all rules. A filter without kinds matches every kind.
func (p *Policy) collectKinds() []kindSelector {
	var kinds []kindSelector
	for _, r := range p.rules {
		for _, b := range r.match.blocks() {
			if len(b.kinds) == 0 {
				return []kindSelector{{group: "*", version: "*", kind: "*", sub: "*"}}
			}
			kinds = append(kinds, b.kinds...)
		}
	}
	slices.SortFunc(kinds, func(a, b kindSelector) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(kinds)
}

// RuleNames returns the names of the policy's own rules, in their order.
func (p *Policy) RuleNames() []string {
	names := make([]string, len(p.written))
	for i, r := range p.written {
		names[i] = r.Name
	}
	return names
}

// RulesCount returns how many rules are evaluated, generated ones included.
func (p *Policy) RulesCount() int { return len(p.rules) }
