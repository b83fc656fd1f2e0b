package policycheck

import (
	"fmt"
	"reflect"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/engine/wildcard"
)

// matchErrors checks a match or exclude block.
func (c *checker) matchErrors(path *field.Path, block *matchBlock) field.ErrorList {
	if block == nil {
		return nil
	}
	var errs field.ErrorList
	if len(block.Any) > 0 && len(block.All) > 0 {
		errs = append(errs, field.Invalid(path, block, "Can't specify any and all together"))
	}
	for i := range block.Any {
		errs = append(errs, c.filterErrors(path.Child("any").Index(i), &block.Any[i])...)
	}
	for i := range block.All {
		errs = append(errs, c.filterErrors(path.Child("all").Index(i), &block.All[i])...)
	}
	return append(errs, c.filterErrors(path, &filter{userInfo: block.userInfo, Resources: block.Resources})...)
}

func (c *checker) filterErrors(path *field.Path, f *filter) field.ErrorList {
	errs := f.userErrors(path)
	d := &f.Resources
	if d.Name != "" && len(d.Names) > 0 {
		errs = append(errs, field.Invalid(path, d, "Both name and names can not be specified together"))
	}
	errs = append(errs, selectorErrors(path.Child("selector"), d.Selector)...)
	if !c.policy.namespaced() {
		return errs
	}
	if len(d.Namespaces) > 0 {
		errs = append(errs, field.Forbidden(path.Child("namespaces"), "Filtering namespaces not allowed in namespaced policies"))
	}
	for i, kind := range d.Kinds {
		if c.clusterScoped(kind) {
			errs = append(errs, field.Forbidden(path.Child("kinds").Index(i),
				fmt.Sprintf("Cluster wide resource '%s' not allowed in namespaced policy", kind)))
		}
	}
	return errs
}

func (c *checker) clusterScoped(kind string) bool {
	return c.kinds != nil && c.kinds.ClusterScoped(kind)
}

// selectorErrors checks a label selector without wildcards.
func selectorErrors(path *field.Path, selector *metav1.LabelSelector) field.ErrorList {
	if selector == nil {
		return nil
	}
	for key, value := range selector.MatchLabels {
		if wildcard.In(key) || wildcard.In(value) {
			return nil
		}
	}
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return field.ErrorList{field.Invalid(path, selector, err.Error())}
	}
	if requirements, _ := parsed.Requirements(); len(requirements) == 0 {
		return field.ErrorList{field.Invalid(path, selector, "The requirements are not specified in selector")}
	}
	return nil
}

// userErrors checks subjects and roles.
func (u userInfo) userErrors(path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i, subject := range u.Subjects {
		at := path.Child("subjects").Index(i)
		switch subject.Kind {
		case "":
			errs = append(errs, field.Required(at.Child("kind"), ""))
		case rbacv1.GroupKind, rbacv1.UserKind, rbacv1.ServiceAccountKind:
		default:
			errs = append(errs, field.Invalid(at.Child("kind"), subject.Kind, "kind must be 'User', 'Group', or 'ServiceAccount'"))
		}
		if subject.Name == "" {
			errs = append(errs, field.Required(at.Child("name"), ""))
		}
		if subject.Kind == rbacv1.ServiceAccountKind && subject.Namespace == "" {
			errs = append(errs, field.Required(at.Child("namespace"), "namespace is required when Kind is ServiceAccount"))
		}
	}
	for i, role := range u.Roles {
		if len(strings.Split(role, ":")) != 2 {
			errs = append(errs, field.Invalid(path.Child("roles").Index(i), role, "Role is expected to be in namespace:name format"))
		}
	}
	return errs
}

// emptySet refuses a rule whose exclude block takes away all that its match block brings in.
func (r *rule) emptySet(path *field.Path) field.ErrorList {
	if r.Exclude == nil || len(r.Exclude.All) > 0 || len(r.Match.All) > 0 {
		return nil
	}
	empty := field.ErrorList{field.Invalid(path, r, "Rule is matching an empty set")}
	if len(r.Match.Any) > 0 && len(r.Exclude.Any) > 0 {
		for _, match := range r.Match.Any {
			for _, exclude := range r.Exclude.Any {
				if reflect.DeepEqual(match, exclude) {
					return empty
				}
			}
		}
		return nil
	}
	if !set(r.Exclude) || !r.Exclude.coversUsers(&r.Match) {
		return nil
	}
	m, e := &r.Match.Resources, &r.Exclude.Resources
	if e.Name != "" && !wildcard.Match(e.Name, m.Name) {
		return nil
	}
	if len(e.Names) > 0 {
		if anyNameMatches(e.Names, m.Names) {
			return empty
		}
		return nil
	}
	if e.covers(m) {
		return empty
	}
	return nil
}

// coversUsers says whether the exclude block holds for every user of the match block.
func (e *matchBlock) coversUsers(m *matchBlock) bool {
	if !coversAll(e.Roles, m.Roles) || !coversAll(e.ClusterRoles, m.ClusterRoles) {
		return false
	}
	return coversAll(e.Subjects, m.Subjects)
}

// covers is coversUsers for the conditions on the resource but its name.
func (e *description) covers(m *description) bool {
	if !coversAll(e.Namespaces, m.Namespaces) || !coversAll(e.Kinds, m.Kinds) {
		return false
	}
	if !coversSelector(e.Selector, m.Selector) || !coversSelector(e.NamespaceSelector, m.NamespaceSelector) {
		return false
	}
	return reflect.DeepEqual(e.Annotations, m.Annotations)
}

// coversAll says whether an exclusion by a list of values takes away all matched values. An empty exclusion is no
// condition; an empty match is every value, which no list covers.
func coversAll[T comparable](exclude, match []T) bool {
	if len(exclude) == 0 {
		return true
	}
	if len(match) == 0 {
		return false
	}
	have := map[T]bool{}
	for _, value := range exclude {
		have[value] = true
	}
	for _, value := range match {
		if !have[value] {
			return false
		}
	}
	return true
}

func coversSelector(exclude, match *metav1.LabelSelector) bool {
	if exclude == nil || match == nil {
		return exclude == nil && match == nil
	}
	if len(exclude.MatchExpressions) > 0 && !coversAll(expressions(exclude), expressions(match)) {
		return false
	}
	if len(exclude.MatchLabels) == 0 {
		return true
	}
	if len(match.MatchLabels) == 0 {
		return false
	}
	for key, value := range match.MatchLabels {
		if exclude.MatchLabels[key] != value {
			return false
		}
	}
	return true
}

// expressions returns the expressions of a selector in a form that can be compared.
func expressions(selector *metav1.LabelSelector) []string {
	out := make([]string, len(selector.MatchExpressions))
	for i, e := range selector.MatchExpressions {
		out[i] = fmt.Sprintf("%q %q %q", e.Key, e.Operator, e.Values)
	}
	return out
}

func anyNameMatches(patterns, names []string) bool {
	for _, name := range names {
		for _, pattern := range patterns {
			if wildcard.Match(pattern, name) {
				return true
			}
		}
	}
	return false
}
