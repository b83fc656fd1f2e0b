package stored

import (
	"cmp"
	"path"
	"slices"

	v1beta1 "github.com/kyverno/api/api/policies.kyverno.io/v1beta1"
	celautogen "github.com/kyverno/kyverno/pkg/cel/autogen"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Webhook is a webhook that policies need. What it leaves out is as the API server fills it in.
type Webhook struct {
	Name, Path        string
	Rules             []admissionregistrationv1.RuleWithOperations
	FailurePolicy     admissionregistrationv1.FailurePolicyType
	MatchPolicy       *admissionregistrationv1.MatchPolicyType
	NamespaceSelector *metav1.LabelSelector
	ObjectSelector    *metav1.LabelSelector
	MatchConditions   []admissionregistrationv1.MatchCondition
	TimeoutSeconds    *int32
}

// Selectors are those that Kyverno's configuration puts into each webhook.
type Selectors struct{ Namespace, Object *metav1.LabelSelector }

// Webhooks are the webhooks that the policies of one kind need (buildWebhookRules): one for each policy that asks for
// conditions or a timeout, and for the others those that they share.
func Webhooks(kind *Kind, policies []*Policy, selectors Selectors) []Webhook {
	var own, shared []*Policy
	for _, p := range policies {
		switch {
		case p.kind != kind || !p.admission:
		case p.alone():
			own = append(own, p)
		default:
			shared = append(shared, p)
		}
	}
	var out []Webhook
	for _, p := range own {
		out = append(out, p.webhook(selectors))
	}
	return append(out, sharedWebhooks(kind, shared, selectors)...)
}

// alone says whether the policy has a webhook of its own.
func (p *Policy) alone() bool {
	return len(offered(p.written.GetMatchConditions())) > 0 || p.exact() || p.written.GetTimeoutSeconds() != nil
}

func (p *Policy) exact() bool {
	matchPolicy := p.written.GetMatchConstraints().MatchPolicy
	return matchPolicy != nil && *matchPolicy == admissionregistrationv1.Exact
}

// fails is what a request comes to when Kyverno does not answer.
func (p *Policy) fails() admissionregistrationv1.FailurePolicyType {
	return p.written.GetFailurePolicy(false)
}

// suffix ends the names of webhooks with a failurePolicy.
func suffix(failure admissionregistrationv1.FailurePolicyType) string {
	if failure == admissionregistrationv1.Ignore {
		return "-ignore"
	}
	return "-fail"
}

// webhook is the policy's own webhook.
func (p *Policy) webhook(selectors Selectors) Webhook {
	name := p.kind.webhook + suffix(p.fails()) + "-finegrained-"
	if namespace := p.object.GetNamespace(); namespace != "" {
		name += namespace + "-"
	}
	out := Webhook{
		Name: name + p.object.GetName(), Path: path.Join(p.kind.Path, p.object.GetName()), FailurePolicy: p.fails(),
		NamespaceSelector: p.namespaces(selectors), ObjectSelector: p.objects(selectors),
		MatchConditions: p.conditions(), TimeoutSeconds: p.written.GetTimeoutSeconds(), Rules: sorted(p.rules()),
	}
	if p.exact() {
		out.MatchPolicy = p.written.GetMatchConstraints().MatchPolicy
	}
	return out
}

// conditions are the matchConditions of the policy's own webhook. Those of a policy about pods count for pods, and others
// for what is generated from it.
func (p *Policy) conditions() []admissionregistrationv1.MatchCondition {
	own := evaluated(offered(p.written.GetMatchConditions()))
	if p.aboutPods() {
		own = celautogen.CreateMatchConditions("", []v1beta1.Target{{Version: "v1", Resource: "pods", Kind: "Pod"}}, own)
	}
	for _, g := range p.generated {
		own = append(own, celautogen.CreateMatchConditions(g.config, g.targets, evaluated(offered(g.conditions)))...)
	}
	return own
}

// rules are the requests that the policy, and what is generated from it, want to see.
func (p *Policy) rules() []admissionregistrationv1.RuleWithOperations {
	var rules []admissionregistrationv1.RuleWithOperations
	add := func(constraints *admissionregistrationv1.MatchResources) {
		for _, rule := range constraints.ResourceRules {
			rules = append(rules, *rule.RuleWithOperations.DeepCopy())
		}
	}
	constraints := p.written.GetMatchConstraints()
	add(&constraints)
	for _, g := range p.generated {
		if g.constraints != nil {
			add(g.constraints)
		}
	}
	return rules
}

// sharedWebhooks are those of policies without demands of their own: two for each pair of selectors.
func sharedWebhooks(kind *Kind, policies []*Policy, selectors Selectors) []Webhook {
	var out []Webhook
	groups := bySelectors(policies, selectors)
	for _, g := range groups {
		name := ""
		if len(groups) > 1 {
			name = "-" + g.key[:8]
		}
		names := []string{kind.Path}
		rules := map[admissionregistrationv1.FailurePolicyType][]admissionregistrationv1.RuleWithOperations{}
		for _, p := range g.policies {
			names = append(names, p.object.GetName())
			rules[p.fails()] = append(rules[p.fails()], p.rules()...)
		}
		slices.Sort(names[1:])
		for _, failure := range []admissionregistrationv1.FailurePolicyType{admissionregistrationv1.Fail, admissionregistrationv1.Ignore} {
			if len(rules[failure]) == 0 {
				continue
			}
			out = append(out, Webhook{
				Name: kind.webhook + suffix(failure) + name, Path: path.Join(names...), FailurePolicy: failure,
				NamespaceSelector: g.namespaces, ObjectSelector: g.objects, Rules: sorted(rules[failure]),
			})
		}
	}
	return out
}

// sorted are rules in Kyverno's order, without repeats. Every rule has its scope.
func sorted(rules []admissionregistrationv1.RuleWithOperations) []admissionregistrationv1.RuleWithOperations {
	all := admissionregistrationv1.AllScopes
	for i := range rules {
		rule := &rules[i]
		slices.Sort(rule.APIGroups)
		slices.Sort(rule.APIVersions)
		slices.Sort(rule.Resources)
		slices.Sort(rule.Operations)
		if rule.Scope == nil {
			rule.Scope = &all
		}
	}
	slices.SortStableFunc(rules, compare)
	return slices.CompactFunc(rules, func(a, b admissionregistrationv1.RuleWithOperations) bool { return compare(a, b) == 0 })
}

func compare(a, b admissionregistrationv1.RuleWithOperations) int {
	return cmp.Or(
		slices.Compare(a.APIGroups, b.APIGroups), slices.Compare(a.APIVersions, b.APIVersions), slices.Compare(a.Resources, b.Resources),
		slices.Compare(a.Operations, b.Operations), cmp.Compare(*a.Scope, *b.Scope),
	)
}
