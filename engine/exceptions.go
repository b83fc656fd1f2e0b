package engine

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/pss"
)

// ExceptionLister returns the PolicyExceptions (kyverno.io/v2) that count.
type ExceptionLister interface {
	Exceptions() []*unstructured.Unstructured
}

// exceptionSpec is the spec of a PolicyException.
type exceptionSpec struct {
	Match      matchBlock  `json:"match"`
	Conditions *conditions `json:"conditions"`
	Exceptions []struct {
		PolicyName string   `json:"policyName"`
		RuleNames  []string `json:"ruleNames"`
	} `json:"exceptions"`
	PodSecurity []podSecurityRule `json:"podSecurity"`
}

// ruleExceptions are the exceptions that apply to one rule and resource.
type ruleExceptions struct {
	keys     []string      // namespace/name, or name
	controls []pss.Exclude // that exceptions with podSecurity exempt
	blanket  string        // the first exception without podSecurity
	trace    Trace
}

// exceptionsFor finds the exceptions that name the rule and match the resource. One that cannot be read or whose
// conditions cannot be evaluated does not apply.
func (e *Engine) exceptionsFor(p *Policy, r *rule, s *subject, variables *scope) ruleExceptions {
	var found ruleExceptions
	if e.options.Exceptions == nil {
		return found
	}
	for _, object := range e.options.Exceptions.Exceptions() {
		var spec exceptionSpec
		if err := decode(object.Object["spec"], &spec, "spec"); err != nil || !spec.names(p.Key(), r.Name) {
			continue
		}
		key := strings.TrimPrefix(object.GetNamespace()+"/"+object.GetName(), "/")
		if !spec.matches(s) {
			continue
		}
		if ok, _, _, err := spec.Conditions.evaluate(variables, PhaseException, "spec.conditions"); err != nil || !ok {
			continue
		}
		found.keys = append(found.keys, key)
		found.controls = append(found.controls, excludes(spec.PodSecurity)...)
		if len(spec.PodSecurity) == 0 && found.blanket == "" {
			found.blanket = key
		}
		found.trace = append(found.trace, Step{
			Phase: PhaseException, OK: true, Clause: "PolicyException " + key, Found: describe(s), Note: "a policy exception applies",
		})
	}
	return found
}

// names says whether the exception is for a policy ("namespace/name" for a Policy) and one of its rules; rule names may
// hold wildcards, and cover generated rules only when they say so.
func (x *exceptionSpec) names(policy, rule string) bool {
	for _, e := range x.Exceptions {
		if e.PolicyName == policy && matchAny(e.RuleNames, rule) {
			return true
		}
	}
	return false
}

// matches is the exception's match; it has no older form and ignores operations.
func (x *exceptionSpec) matches(s *subject) bool {
	matches := func(f filter) bool {
		f.Resources.Operations = nil
		b := newBlock(f, "spec.match")
		return !b.empty() && len(b.failures(s, PhaseException)) == 0
	}
	if len(x.Match.Any) > 0 {
		return slices.ContainsFunc(x.Match.Any, matches)
	}
	return len(x.Match.All) > 0 && !slices.ContainsFunc(x.Match.All, func(f filter) bool { return !matches(f) })
}

// verdict is nil when no exception applies, else what the rule says. There is no space in its message.
func (x *ruleExceptions) verdict() *verdict {
	if len(x.keys) == 0 {
		return nil
	}
	return exempted("rule is skipped due to policy exceptions", x.keys...)
}

// exempted is what a rule says that exceptions skip: the message ends with their keys, and reports have their names.
func exempted(message string, keys ...string) *verdict {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = key[strings.LastIndex(key, "/")+1:]
	}
	return &verdict{Skip, message + strings.Join(keys, ", "), map[string]string{"exceptions": strings.Join(names, ",")}}
}
