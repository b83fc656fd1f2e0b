package engine

import (
	"fmt"
	"slices"
	"strings"
)

// isEnforce takes the older lower-case spelling too; everything else audits.
func isEnforce(action string) bool { return strings.EqualFold(action, string(Enforce)) }

func toAction(action string) Action {
	if isEnforce(action) {
		return Enforce
	}
	return Audit
}

// baseAction is the rule's own action or the policy's, before overrides.
func baseAction(p *Policy, r *rule) string {
	if r.Validate != nil && r.Validate.FailureAction != "" {
		return r.Validate.FailureAction
	}
	return p.spec.ValidationFailureAction
}

// ruleAction is the action of a failed rule, and the field of the policy that decides it: the rule's overrides, the
// rule's action, the policy's overrides, the policy's action.
func ruleAction(p *Policy, r *rule, req *Request) (Action, string) {
	path := r.path + ".validate"
	if i, ok := findOverride(r.Validate.FailureActionOverrides, req); ok {
		return toAction(r.Validate.FailureActionOverrides[i].Action), fmt.Sprintf("%s.failureActionOverrides[%d]", path, i)
	}
	if r.Validate.FailureAction != "" {
		return toAction(r.Validate.FailureAction), path + ".failureAction"
	}
	return policyAction(p, req)
}

// policyAction is the action that the policy has for rules without one of their own, and the field that decides it.
func policyAction(p *Policy, req *Request) (Action, string) {
	if i, ok := findOverride(p.spec.ValidationFailureActionOverrides, req); ok {
		return toAction(p.spec.ValidationFailureActionOverrides[i].Action), fmt.Sprintf("spec.validationFailureActionOverrides[%d]", i)
	}
	if p.spec.ValidationFailureAction != "" {
		return toAction(p.spec.ValidationFailureAction), "spec.validationFailureAction"
	}
	return Audit, "default"
}

// Action is the policy's failure action for a request as a whole, where the command line asks for one: that of the first
// rule which names one, else the policy's.
func (p *Policy) Action(req *Request) Action {
	for _, r := range p.written {
		if !r.hasValidate() {
			continue
		}
		if action, from := ruleAction(p, r, req); strings.HasPrefix(from, r.path) {
			return action
		}
	}
	if i, ok := findOverride(p.spec.ValidationFailureActionOverrides, req); ok {
		return toAction(p.spec.ValidationFailureActionOverrides[i].Action)
	}
	return toAction(p.spec.ValidationFailureAction)
}

// findOverride returns the first override for the resource's namespace: one without conditions, or one of whose
// namespaces matches; a namespaceSelector beside them must match as well.
func findOverride(overrides []override, req *Request) (int, bool) {
	namespace := req.Resource().GetNamespace()
	selected := func(o override) bool {
		if o.NamespaceSelector == nil {
			return true
		}
		ok, err := matchSelector(o.NamespaceSelector, req.NamespaceLabels)
		return err == nil && ok
	}
	for i, o := range overrides {
		if !isEnforce(o.Action) && !strings.EqualFold(o.Action, string(Audit)) {
			continue
		}
		if (o.Namespaces == nil || matchAny(o.Namespaces, namespace)) && selected(o) {
			return i, true
		}
	}
	return 0, false
}

// enforced says whether Kyverno evaluates the rule while the request waits, so that it can deny it. Kyverno sorts rules
// with other rules of precedence than ruleAction: overrides (the rule's, else the policy's) before the rule's action,
// and a namespace or a selector that matches is enough.
func enforced(p *Policy, r *rule, req *Request) bool {
	overrides := r.Validate.FailureActionOverrides
	if len(overrides) == 0 {
		overrides = p.spec.ValidationFailureActionOverrides
	}
	namespace, labels := requestNamespace(req)
	for _, o := range overrides {
		global := len(o.Namespaces) == 0 && o.NamespaceSelector == nil
		byName := namespace != "" && matchAny(o.Namespaces, namespace)
		if global || byName {
			return isEnforce(o.Action)
		}
		if namespace == "" || o.NamespaceSelector == nil {
			continue
		}
		if ok, err := matchSelector(o.NamespaceSelector, labels); err == nil && ok {
			return isEnforce(o.Action)
		}
	}
	return isEnforce(baseAction(p, r))
}

// requestNamespace is the existing namespace that a request is about: for a Namespace itself the stored one.
func requestNamespace(req *Request) (name string, labels map[string]string) {
	resource := req.Resource()
	if resource.GetKind() != "Namespace" {
		return resource.GetNamespace(), req.NamespaceLabels
	}
	if req.OldObject == nil {
		return "", nil
	}
	return req.OldObject.GetName(), req.OldObject.GetLabels()
}

// covers says whether the policy may look at the resource at all: a Policy only at those of its own namespace.
func (p *Policy) covers(req *Request) bool {
	if p.object.GetKind() != "Policy" {
		return true
	}
	namespace := p.Namespace()
	if namespace == "" {
		namespace = "default"
	}
	objects := []interface{ GetNamespace() string }{}
	if req.Object != nil {
		objects = append(objects, req.Object)
	}
	if req.OldObject != nil {
		objects = append(objects, req.OldObject)
	}
	return !slices.ContainsFunc(objects, func(o interface{ GetNamespace() string }) bool {
		return o.GetNamespace() != namespace
	})
}
