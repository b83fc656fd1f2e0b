package rbac

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authorization/authorizer"
)

// allows says whether a rule allows a request.
func allows(rule rbacv1.PolicyRule, a authorizer.Attributes) bool {
	if !slices.Contains(rule.Verbs, rbacv1.VerbAll) && !slices.Contains(rule.Verbs, a.GetVerb()) {
		return false
	}
	if !a.IsResourceRequest() {
		return slices.ContainsFunc(rule.NonResourceURLs, func(url string) bool { return coversURL(url, a.GetPath()) })
	}
	return (slices.Contains(rule.APIGroups, rbacv1.APIGroupAll) || slices.Contains(rule.APIGroups, a.GetAPIGroup())) &&
		slices.ContainsFunc(rule.Resources, func(name string) bool { return coversResource(name, a.GetResource(), a.GetSubresource()) }) &&
		(len(rule.ResourceNames) == 0 || slices.Contains(rule.ResourceNames, a.GetName()))
}

func coversURL(rule, path string) bool {
	if rule == rbacv1.NonResourceAll || rule == path {
		return true
	}
	prefix, open := strings.CutSuffix(rule, "*")
	return open && strings.HasPrefix(path, prefix)
}

// coversResource compares a rule's resource with one that was asked for: pods, pods/log, */log or *.
func coversResource(rule, resource, subresource string) bool {
	if rule == rbacv1.ResourceAll {
		return true
	}
	if subresource == "" {
		return rule == resource
	}
	return rule == resource+"/"+subresource || rule == "*/"+subresource
}
