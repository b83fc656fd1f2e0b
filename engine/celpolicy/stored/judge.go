package stored

import (
	"context"
	"fmt"
	"slices"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/celpolicy"
)

// judge evaluates a policy. The object is what it makes of the request's; nil when it changes nothing.
type judge func(ctx context.Context, request *celpolicy.Request) (*unstructured.Unstructured, []engine.RuleResult, error)

func compileValidating(object *unstructured.Unstructured, exceptions []*unstructured.Unstructured, around celpolicy.Surroundings) (judge, error) {
	compiled, err := celpolicy.CompileValidating(object, exceptions, around)
	if err != nil || compiled.Payload() {
		return nil, err
	}
	return func(ctx context.Context, request *celpolicy.Request) (*unstructured.Unstructured, []engine.RuleResult, error) {
		answers, err := compiled.Evaluate(ctx, request)
		return nil, slices.Concat(answers...), err
	}, nil
}

func compileMutating(object *unstructured.Unstructured, exceptions []*unstructured.Unstructured, around celpolicy.Surroundings) (judge, error) {
	compiled, err := celpolicy.CompileMutating(object, exceptions, around)
	if err != nil {
		return nil, err
	}
	compiled.Types = celpolicy.Shown(nil)
	return func(ctx context.Context, request *celpolicy.Request) (*unstructured.Unstructured, []engine.RuleResult, error) {
		changed, answers := compiled.Evaluate(ctx, request)
		return changed, slices.Concat(answers...), nil
	}, nil
}

// Verdict is what a policy says of a request.
type Verdict struct {
	Policy *Policy
	Rules  []engine.RuleResult // none when it is about something else
}

// Judge says what the policies make of a request, one after the other: each sees what the ones before it changed. The
// object is what becomes of the request's; nil when nothing changes it. An error means that nothing can be said.
func Judge(ctx context.Context, policies []*Policy, request *celpolicy.Request) (*unstructured.Unstructured, []Verdict, error) {
	var changed *unstructured.Unstructured
	verdicts := make([]Verdict, 0, len(policies))
	current := *request
	for _, p := range policies {
		if p.judge == nil {
			continue
		}
		object, rules, err := p.judge(ctx, &current)
		if err != nil {
			return nil, nil, err
		}
		if object != nil && object != current.Resource {
			changed, current.Resource = object, object
		}
		verdicts = append(verdicts, Verdict{p, rules})
	}
	return changed, verdicts, nil
}

// does says whether the policy does that with what it finds wrong. One that names nothing denies.
func (p *Policy) does(action admissionregistrationv1.ValidationAction) bool {
	policy, ok := p.written.(validatingPolicy)
	return ok && slices.Contains(policy.GetValidatingPolicySpec().ValidationActions(), action)
}

// Denies says whether one of the policies that were asked denies what it finds wrong, whatever it found: then a request
// counts as blocked, in events and reports, even if it passes.
func Denies(verdicts []Verdict) bool {
	return slices.ContainsFunc(verdicts, func(v Verdict) bool { return v.Policy.does(admissionregistrationv1.Deny) })
}

// Denials are the reasons for which a request is refused, in Kyverno's words, and the warnings that it earns.
func Denials(verdicts []Verdict) (denials, warnings []string) {
	for _, v := range verdicts {
		for _, rule := range v.Rules {
			verb := "failed"
			switch rule.Status {
			case engine.Error:
				verb = "error"
			case engine.Fail:
			default:
				continue
			}
			said := fmt.Sprintf("Policy %s %s: %s", v.Policy.object.GetName(), verb, rule.Message)
			if v.Policy.does(admissionregistrationv1.Deny) {
				denials = append(denials, said)
			}
			if v.Policy.does(admissionregistrationv1.Warn) {
				warnings = append(warnings, said)
			}
		}
	}
	return denials, warnings
}

// Broken is what refuses a request because policies could not change it: the errors of those that fail then.
func Broken(verdicts []Verdict) []string {
	var found []string
	for _, v := range verdicts {
		if v.Policy.fails() != admissionregistrationv1.Fail {
			continue
		}
		for _, rule := range v.Rules {
			if rule.Status == engine.Error {
				found = append(found, fmt.Sprintf("Policy %s: %s", v.Policy.object.GetName(), rule.Message))
			}
		}
	}
	return found
}

// Scanned is the verdict of a scan. Policies that mutate fail what they would change; what a policy's matchConditions left
// out is not told, unless it mutates.
func (v Verdict) Scanned(changed bool) Verdict {
	rules := slices.Clone(v.Rules)
	if !v.Policy.kind.Mutates {
		rules = slices.DeleteFunc(rules, func(rule engine.RuleResult) bool { return rule.Status == engine.Skip && rule.Rule == "" })
	} else if changed {
		for i, rule := range rules {
			if rule.Status == engine.Pass && rule.Properties["exceptions"] == "" {
				rules[i].Status, rules[i].Message, rules[i].Properties = engine.Fail, "mutation is not applied", nil
			}
		}
	}
	return Verdict{v.Policy, rules}
}
