package policycheck

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// deprecatedOperators are those that others replace.
var deprecatedOperators = map[string][]string{
	"In":    {"AllIn", "AnyIn"},
	"NotIn": {"AllNotIn", "AnyNotIn"},
}

func isEnforce(action string) bool { return action == "Enforce" || action == "enforce" }

// warnDeprecatedActions warns of failure actions in lower case.
func (c *checker) warnDeprecatedActions() {
	warn := func(action, path string) {
		if action == "enforce" || action == "audit" {
			c.warn("%s: Validation failure actions enforce/audit are deprecated, use Enforce/Audit instead.", path)
		}
	}
	s := &c.policy.Spec
	warn(s.ValidationFailureAction, "spec.validationFailureAction")
	for i, o := range s.ValidationFailureActionOverrides {
		warn(o.Action, fmt.Sprintf("spec.validationFailureActionOverrides[%d].action", i))
	}
	for i, r := range s.Rules {
		if r.Validate == nil {
			continue
		}
		if r.Validate.FailureAction != nil {
			warn(*r.Validate.FailureAction, fmt.Sprintf("spec.rules[%d].validate.failureAction", i))
		}
		for j, o := range r.Validate.FailureActionOverrides {
			warn(o.Action, fmt.Sprintf("spec.rules[%d].validate.failureActionOverrides[%d].action", i, j))
		}
	}
}

// warnAutogenExclusion warns that a rule for pods also holds for the pods of the controllers for which the annotation
// leaves out generated rules.
func (c *checker) warnAutogenExclusion(r *rule) {
	kinds := map[string]bool{}
	for _, kind := range r.Match.kinds() {
		kinds[bareKind(kind)] = true
	}
	if len(kinds) == 1 && kinds["Pod"] && c.excludesControllers() {
		c.warn("Policies that match Pods apply to all Pods including those created and managed by controllers excluded from autogen. Use preconditions to exclude the Pods managed by controllers which are excluded from autogen. Refer to https://kyverno.io/docs/policy-types/cluster-policy/autogen/ for details.")
	}
}

// bareKind returns the kind of an entry of kinds: "Deployment" of "apps/v1/Deployment" and "Deployment/scale".
func bareKind(entry string) string {
	for part := range strings.SplitSeq(strings.ReplaceAll(entry, ".", "/"), "/") {
		if part != "" && strings.ToUpper(part[:1]) == part[:1] && part != "*" {
			return part
		}
	}
	return entry
}

// excludesControllers says whether the annotation names other controllers than the five that Kyverno counts here.
func (c *checker) excludesControllers() bool {
	value, ok := c.policy.object.GetAnnotations()["pod-policies.kyverno.io/autogen-controllers"]
	if !ok || value == "none" {
		return false
	}
	named := strings.Split(strings.ToLower(value), ",")
	slices.Sort(named)
	return !slices.Equal(named, []string{"cronjob", "daemonset", "deployment", "job", "statefulset"})
}

// warnSubresources warns of rules that read replicas or status but do not match the subresource through which they
// change.
func (c *checker) warnSubresources(r *rule) {
	kinds := append(r.Match.kinds(), r.Exclude.kinds()...)
	if r.hasValidate() {
		v := *r.Validate
		if v.Deny != nil {
			v.Deny = &deny{}
		}
		c.warnSubresource(v, kinds)
	}
	if r.hasMutate() {
		for _, t := range r.Mutate.Targets {
			kinds = append(kinds, t.Kind)
		}
		c.warnSubresource(r.Mutate, kinds)
	}
	if r.validatesImages() {
		for _, v := range r.VerifyImages {
			c.warnSubresource(imageValidation{Message: v.Validate.Message}, kinds)
		}
	}
}

func (c *checker) warnSubresource(block any, kinds []string) {
	data, err := json.Marshal(block)
	if err != nil {
		return // it was decoded from JSON
	}
	text := string(data)
	matches := func(subresource string) bool {
		return slices.ContainsFunc(kinds, func(kind string) bool { return strings.Contains(strings.ToLower(kind), subresource) })
	}
	if strings.Contains(text, "replicas") && !matches("scale") {
		c.warn("You are matching on replicas but not including the scale subresource in the policy.")
	}
	if (strings.Contains(text, ".status") || strings.Contains(text, `"status":`)) && !matches("status") {
		c.warn("You are matching on status but not including the status subresource in the policy.")
	}
}

// warnDeprecated warns of deprecated fields and operators of a rule. Operators in preconditions are not looked at.
func (c *checker) warnDeprecated(r *rule) {
	for _, v := range r.VerifyImages {
		for _, a := range v.Attestations {
			if a.PredicateType != "" {
				c.warn("predicateType has been deprecated use 'type: %s' instead of 'predicateType: %s'", a.PredicateType, a.PredicateType)
			}
		}
	}
	if r.Validate != nil {
		c.warnDeny(r.Validate.Deny)
		for _, f := range r.Validate.ForEach {
			c.warnOperators(f.Preconditions)
			c.warnDeny(f.Deny)
		}
	}
	for _, v := range r.VerifyImages {
		for _, a := range v.Attestations {
			for i := range a.Conditions {
				c.warnOperators(&a.Conditions[i])
			}
		}
	}
}

func (c *checker) warnDeny(d *deny) {
	if d == nil || d.Conditions == nil {
		return
	}
	c.warnOperators(&anyAll{Any: d.Conditions.list})
	c.warnOperators(&d.Conditions.anyAll)
}

func (c *checker) warnOperators(conditions *anyAll) {
	if conditions == nil {
		return
	}
	for _, condition := range slices.Concat(conditions.Any, conditions.All) {
		if instead, ok := deprecatedOperators[condition.Operator]; ok {
			c.warn("Operator %s has been deprecated and will be removed soon. Use these instead: %+q", condition.Operator, instead)
		}
	}
}
