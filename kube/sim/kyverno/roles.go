package kyverno

import (
	"context"
	"regexp"
	"slices"

	authenticationv1 "k8s.io/api/authentication/v1"

	"podsec/kube/sim/api"
)

// needsRoles says whether a policy or the configuration asks for the roles of who makes a request. Finding them means
// reading all bindings, so it is done only then.
func (k *Kyverno) needsRoles() bool {
	c := k.settings()
	for _, s := range []subjects{c.excluded, c.included} {
		if len(s.roles)+len(s.clusterRoles) > 0 {
			return true
		}
	}
	return slices.ContainsFunc(k.policies.list(nil), func(p *policy) bool { return p.asksRoles })
}

// rolesVariable finds the variables that hold roles.
var rolesVariable = regexp.MustCompile(`request\.(roles|clusterRoles)`)

// mentionsRoles says whether any match or exclude block, or a variable, names roles.
func mentionsRoles(value any) bool {
	switch value := value.(type) {
	case map[string]any:
		for name, field := range value {
			if name == "roles" || name == "clusterRoles" || mentionsRoles(field) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(value, mentionsRoles)
	case string:
		return rolesVariable.MatchString(value)
	}
	return false
}

// rolesOf returns the roles ("namespace:name") and cluster roles that bindings give to the request's user.
func (k *Kyverno) rolesOf(ctx context.Context, a *api.Attributes) (roles, clusterRoles []string) {
	bindings, err := k.client.List(ctx, roleBindings, "", nil)
	if err != nil {
		k.report(err)
	}
	for _, binding := range bindings {
		if !bindsTo(binding.Object, binding.GetNamespace(), a.User) {
			continue
		}
		name := text(nested(binding.Object, "roleRef"), "name")
		switch kind := text(nested(binding.Object, "roleRef"), "kind"); {
		case kind == "Role":
			roles = append(roles, binding.GetNamespace()+":"+name)
		case kind == "ClusterRole" && binding.GetNamespace() == a.Namespace:
			clusterRoles = append(clusterRoles, name)
		}
	}
	clusterWide, err := k.client.List(ctx, clusterBindings, "", nil)
	if err != nil {
		k.report(err)
	}
	for _, binding := range clusterWide {
		ref := nested(binding.Object, "roleRef")
		if text(ref, "kind") == "ClusterRole" && bindsTo(binding.Object, "", a.User) {
			clusterRoles = append(clusterRoles, text(ref, "name"))
		}
	}
	return sorted(roles), sorted(clusterRoles)
}

// bindsTo says whether a binding names the user, one of its groups, or its service account.
func bindsTo(binding map[string]any, namespace string, user authenticationv1.UserInfo) bool {
	for _, subject := range objects(binding, "subjects") {
		name := text(subject, "name")
		switch text(subject, "kind") {
		case "User":
			if user.Username == name {
				return true
			}
		case "Group":
			if slices.Contains(user.Groups, name) {
				return true
			}
		case "ServiceAccount":
			in := text(subject, "namespace")
			if in == "" {
				in = namespace
			}
			if in != "" && user.Username == "system:serviceaccount:"+in+":"+name {
				return true
			}
		}
	}
	return false
}

func sorted(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
