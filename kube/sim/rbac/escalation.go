package rbac

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/component-helpers/auth/rbac/validation"
)

// errAggregate is what kube-apiserver says to a user who is no administrator and wants a role to gather others.
var errAggregate = errors.New("must have cluster-admin privileges to use the aggregationRule")

// Role is a Role or ClusterRole that a user wants to write.
type Role struct {
	Namespace, Name string // no namespace is a ClusterRole
	Rules           []rbacv1.PolicyRule
	Aggregates      bool // has an aggregationRule, or had one
}

// MayWrite returns an error when a user would give with a role what he does not have himself, and may not escalate.
func (r *Authorizer) MayWrite(ctx context.Context, u user.Info, role Role) error {
	resource := "clusterroles"
	if role.Namespace != "" {
		resource = "roles"
	}
	if may, _ := r.Authorize(ctx, authorizer.AttributesRecord{
		User: u, Verb: "escalate", APIGroup: rbacv1.GroupName, APIVersion: "*", Resource: resource, Name: role.Name, Namespace: role.Namespace, ResourceRequest: true,
	}); may {
		return nil
	}
	if err := r.holds(ctx, u, role.Namespace, role.Rules); err != nil {
		return err
	}
	everything := []rbacv1.PolicyRule{
		{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}},
		{Verbs: []string{"*"}, NonResourceURLs: []string{"*"}},
	}
	if role.Aggregates && r.holds(ctx, u, "", everything) != nil {
		return errAggregate
	}
	return nil
}

// MayBind returns an error when a user would give with a binding what he does not have himself, and may not bind the role.
func (r *Authorizer) MayBind(ctx context.Context, u user.Info, namespace string, ref rbacv1.RoleRef) error {
	resource := map[string]string{"Role": "roles", "ClusterRole": "clusterroles"}[ref.Kind]
	if may, _ := r.Authorize(ctx, authorizer.AttributesRecord{
		User: u, Verb: "bind", APIGroup: ref.APIGroup, APIVersion: "*", Resource: resource, Name: ref.Name, Namespace: namespace, ResourceRequest: true,
	}); may {
		return nil
	}
	rules, err := r.rules(ctx, binding{namespace: namespace, role: ref})
	if err != nil {
		return err
	}
	return r.holds(ctx, u, namespace, rules)
}

// holds returns an error that names what a user does not have of some rules.
func (r *Authorizer) holds(ctx context.Context, u user.Info, namespace string, rules []rbacv1.PolicyRule) error {
	own, unresolved := r.RulesFor(ctx, u, namespace)
	covered, missing := validation.Covers(own, rules)
	if covered {
		return nil
	}
	var texts []string
	for _, rule := range compact(missing) {
		texts = append(texts, describe(rule))
	}
	slices.Sort(texts)
	text := fmt.Sprintf("user %q (groups=%q) is attempting to grant RBAC permissions not currently held:\n%s",
		u.GetName(), u.GetGroups(), strings.Join(slices.Compact(texts), "\n"))
	if unresolved != nil {
		text += fmt.Sprintf("; resolution errors: %v", []error{unresolved})
	}
	return errors.New(text)
}

// compact joins rules that differ in their verbs alone, as those do that a broader rule was broken into.
func compact(rules []rbacv1.PolicyRule) []rbacv1.PolicyRule {
	var out []rbacv1.PolicyRule
	for _, rule := range rules {
		simple := len(rule.APIGroups) == 1 && len(rule.Resources) == 1 && len(rule.NonResourceURLs) == 0 && len(rule.ResourceNames) <= 1
		at := slices.IndexFunc(out, func(have rbacv1.PolicyRule) bool {
			return simple && slices.Equal(have.APIGroups, rule.APIGroups) && slices.Equal(have.Resources, rule.Resources) &&
				slices.Equal(have.ResourceNames, rule.ResourceNames)
		})
		if at < 0 {
			out = append(out, rule)
			continue
		}
		out[at].Verbs = append(slices.Clone(out[at].Verbs), rule.Verbs...)
	}
	return out
}

// describe prints a rule in one line, without what it does not say.
func describe(rule rbacv1.PolicyRule) string {
	var parts []string
	for _, part := range []struct {
		name   string
		values []string
	}{
		{"APIGroups", rule.APIGroups}, {"Resources", rule.Resources}, {"NonResourceURLs", rule.NonResourceURLs},
		{"ResourceNames", rule.ResourceNames}, {"Verbs", rule.Verbs},
	} {
		if len(part.values) > 0 {
			parts = append(parts, fmt.Sprintf("%s:%q", part.name, part.values))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
