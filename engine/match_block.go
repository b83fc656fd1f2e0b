package engine

import (
	"slices"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"podsec/engine/wildcard"
)

// failures returns the conditions of a block that do not hold; an empty list is a match. The operation is looked at
// first and alone, as in Kyverno.
func (b *block) failures(s *subject, phase Phase) Trace {
	d := &b.Resources
	var failed Trace
	fail := func(field, at, found, wanted, note string) {
		failed = append(failed, Step{
			Phase: phase, Clause: b.path + "." + field, Field: at, Found: found, Wanted: wanted, Note: note,
		})
	}
	if len(d.Operations) > 0 && !slices.Contains(d.Operations, s.operation) {
		wanted := make([]string, len(d.Operations))
		for i, o := range d.Operations {
			wanted[i] = string(o)
		}
		fail("resources.operations", "", string(s.operation), list(wanted), "operation does not match")
		return failed
	}
	if !b.names(s) {
		found := s.kind.Kind
		if s.subresource != "" {
			found += "/" + s.subresource
		}
		fail("resources.kinds", "kind", found, list(d.Kinds), "kind does not match")
	}
	if s.quiet && len(failed) > 0 {
		return failed // one reason is enough
	}
	b.failedNames(s, fail)
	b.failedSelectors(s, fail)
	b.failedUser(s, fail)
	return failed
}

// names says whether the block's kinds, if it has any, leave the subject in.
func (b *block) names(s *subject) bool {
	return len(b.kinds) == 0 || slices.ContainsFunc(b.kinds, func(k kindSelector) bool { return k.match(s.kind, s.subresource) })
}

// failFunc notes a condition that does not hold: its field in the block, the field of the resource, the value found,
// the values wanted, and why.
type failFunc func(field, at, found, wanted, note string)

// failedNames checks name, names, namespaces and annotations.
func (b *block) failedNames(s *subject, fail failFunc) {
	d := &b.Resources
	name := s.resource.GetName()
	if name == "" {
		name = s.resource.GetGenerateName()
	}
	if d.Name != "" && !wildcard.Match(d.Name, name) {
		fail("resources.name", "metadata.name", name, d.Name, "name does not match")
	}
	if len(d.Names) > 0 && !matchAny(d.Names, name) {
		fail("resources.names", "metadata.name", name, list(d.Names), "none of the names match")
	}
	namespace, at := s.resource.GetNamespace(), "metadata.namespace"
	if s.resource.GetKind() == "Namespace" {
		namespace, at = s.resource.GetName(), "metadata.name"
	}
	if len(d.Namespaces) > 0 && !matchAny(d.Namespaces, namespace) {
		fail("resources.namespaces", at, namespace, list(d.Namespaces), "namespace does not match")
	}
	if len(d.Annotations) > 0 && !matchAnnotations(d.Annotations, s.resource.GetAnnotations()) {
		fail("resources.annotations", "metadata.annotations", toJSON(s.resource.GetAnnotations()), toJSON(d.Annotations), "annotations does not match")
	}
}

// failedSelectors checks selector and namespaceSelector. A namespaceSelector never matches a Namespace itself.
func (b *block) failedSelectors(s *subject, fail failFunc) {
	d := &b.Resources
	if d.Selector != nil {
		ok, err := matchSelector(d.Selector, s.resource.GetLabels())
		switch {
		case err != nil:
			fail("resources.selector", "metadata.labels", "", toJSON(d.Selector), "failed to parse selector: "+err.Error())
		case !ok:
			fail("resources.selector", "metadata.labels", toJSON(s.resource.GetLabels()), toJSON(d.Selector), "selector does not match")
		}
	}
	if d.NamespaceSelector == nil {
		return
	}
	if s.resource.GetKind() == "Namespace" {
		fail("resources.namespaceSelector", "kind", "Namespace", "", "namespace selector is not applicable for namespace resource")
		return
	}
	ok, err := matchSelector(d.NamespaceSelector, s.namespaceLabels)
	switch {
	case err != nil:
		fail("resources.namespaceSelector", "", "", toJSON(d.NamespaceSelector), "failed to parse namespace selector: "+err.Error())
	case !ok:
		fail("resources.namespaceSelector", "", toJSON(s.namespaceLabels), toJSON(d.NamespaceSelector), "namespace selector does not match labels")
	}
}

// failedUser checks roles, clusterRoles and subjects.
func (b *block) failedUser(s *subject, fail failFunc) {
	if len(b.Roles) > 0 && !overlap(b.Roles, s.roles) {
		fail("roles", "", list(s.roles), list(b.Roles), "user info does not match roles for the given conditionBlock")
	}
	if len(b.ClusterRoles) > 0 && !overlap(b.ClusterRoles, s.clusterRoles) {
		fail("clusterRoles", "", list(s.clusterRoles), list(b.ClusterRoles), "user info does not match clustersRoles for the given conditionBlock")
	}
	if len(b.Subjects) > 0 && !matchSubjects(b.Subjects, s.user) {
		fail("subjects", "", s.user.Username, toJSON(b.Subjects), "user info does not match subject for the given conditionBlock")
	}
}

func matchSubjects(subjects []rbacv1.Subject, user authenticationv1.UserInfo) bool {
	return slices.ContainsFunc(subjects, func(s rbacv1.Subject) bool {
		switch s.Kind {
		case rbacv1.ServiceAccountKind:
			return wildcard.Match("system:serviceaccount:"+s.Namespace+":"+s.Name, user.Username)
		case rbacv1.GroupKind:
			return slices.ContainsFunc(user.Groups, func(g string) bool { return wildcard.Match(s.Name, g) })
		case rbacv1.UserKind:
			return wildcard.Match(s.Name, user.Username)
		}
		return false
	})
}

func matchAnnotations(wanted, have map[string]string) bool {
	for k, v := range wanted {
		found := false
		for haveKey, haveValue := range have {
			found = found || wildcard.Match(k, haveKey) && wildcard.Match(v, haveValue)
		}
		if !found {
			return false
		}
	}
	return true
}

func matchAny(patterns []string, s string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return wildcard.Match(p, s) })
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

func list(values []string) string { return "[" + strings.Join(values, ", ") + "]" }
