package kinds

import (
	"fmt"
	"slices"
	"strings"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/kube/sim/api"
)

// rbacKinds are those of rbac.authorization.k8s.io/v1. The API server stores them; it does not authorize by them.
func rbacKinds() []*api.Kind {
	return []*api.Kind{clusterRoleBindingKind(), clusterRoleKind(), roleBindingKind(), roleKind()}
}

// roleColumns: roles show when they were created, not how old they are.
func roleColumns() []metav1.TableColumnDefinition { return plainColumns() }

func createdAt(obj metav1.Object) string {
	return obj.GetCreationTimestamp().UTC().Format(time.RFC3339)
}

func roleKind() *api.Kind {
	return builtin[*rbacv1.Role]{
		new: func() *rbacv1.Role { return &rbacv1.Role{} }, group: rbacv1.SchemeGroupVersion,
		kind: "Role", plural: "roles", name: pathSegmentName,
		validate: func(r *rbacv1.Role) fieldErrors { return validateRules(r.Rules, true) },
		columns:  roleColumns(), row: func(r *rbacv1.Role, _ time.Time) []any { return []any{r.Name, createdAt(r)} },
	}.build()
}

func clusterRoleKind() *api.Kind {
	return builtin[*rbacv1.ClusterRole]{
		new: func() *rbacv1.ClusterRole { return &rbacv1.ClusterRole{} }, group: rbacv1.SchemeGroupVersion,
		kind: "ClusterRole", plural: "clusterroles", cluster: true, name: pathSegmentName,
		validate: func(r *rbacv1.ClusterRole) fieldErrors {
			return append(validateRules(r.Rules, false), validateAggregation(r.AggregationRule, field.NewPath("aggregationRule", "clusterRoleSelectors"))...)
		},
		columns: roleColumns(), row: func(r *rbacv1.ClusterRole, _ time.Time) []any { return []any{r.Name, createdAt(r)} },
	}.build()
}

func validateRules(rules []rbacv1.PolicyRule, namespaced bool) fieldErrors {
	var errs fieldErrors
	for i, rule := range rules {
		at := field.NewPath("rules").Index(i)
		if len(rule.Verbs) == 0 {
			errs = append(errs, field.Required(at.Child("verbs"), "verbs must contain at least one value"))
		}
		if len(rule.NonResourceURLs) > 0 {
			if namespaced {
				errs = append(errs, field.Invalid(at.Child("nonResourceURLs"), rule.NonResourceURLs, "namespaced rules cannot apply to non-resource URLs"))
			}
			if len(rule.APIGroups)+len(rule.Resources)+len(rule.ResourceNames) > 0 {
				errs = append(errs, field.Invalid(at.Child("nonResourceURLs"), rule.NonResourceURLs, "rules cannot apply to both regular resources and non-resource URLs"))
			}
			continue
		}
		if len(rule.APIGroups) == 0 {
			errs = append(errs, field.Required(at.Child("apiGroups"), "resource rules must supply at least one api group"))
		}
		if len(rule.Resources) == 0 {
			errs = append(errs, field.Required(at.Child("resources"), "resource rules must supply at least one resource"))
		}
	}
	return errs
}

// validateAggregation wants selectors that select.
func validateAggregation(rule *rbacv1.AggregationRule, at *field.Path) fieldErrors {
	if rule == nil {
		return nil
	}
	var errs fieldErrors
	if len(rule.ClusterRoleSelectors) == 0 {
		errs = append(errs, field.Required(at, "at least one clusterRoleSelector required if aggregationRule is non-nil"))
	}
	for i := range rule.ClusterRoleSelectors {
		selector, at := &rule.ClusterRoleSelectors[i], at.Index(i)
		errs = append(errs, metav1validation.ValidateLabelSelector(selector, metav1validation.LabelSelectorValidationOptions{}, at)...)
		if _, err := metav1.LabelSelectorAsSelector(selector); err != nil {
			errs = append(errs, field.Invalid(at, nil, "invalid label selector."))
		}
	}
	return errs
}

func roleBindingKind() *api.Kind {
	return builtin[*rbacv1.RoleBinding]{
		new: func() *rbacv1.RoleBinding { return &rbacv1.RoleBinding{} }, group: rbacv1.SchemeGroupVersion,
		kind: "RoleBinding", plural: "rolebindings", name: pathSegmentName,
		defaults: func(b *rbacv1.RoleBinding) { defaultBinding(&b.RoleRef, b.Subjects) },
		validate: func(b *rbacv1.RoleBinding) fieldErrors {
			return validateBinding(b.RoleRef, b.Subjects, "Role", "ClusterRole")
		},
		validateUpdate: func(b, old *rbacv1.RoleBinding) fieldErrors {
			return append(validateBinding(b.RoleRef, b.Subjects, "Role", "ClusterRole"), keepRole(b.RoleRef, old.RoleRef)...)
		},
		columns: roleBindingColumns(),
		row: func(b *rbacv1.RoleBinding, now time.Time) []any {
			return bindingCells(b, b.RoleRef, b.Subjects, now)
		},
	}.build()
}

func clusterRoleBindingKind() *api.Kind {
	return builtin[*rbacv1.ClusterRoleBinding]{
		new: func() *rbacv1.ClusterRoleBinding { return &rbacv1.ClusterRoleBinding{} }, group: rbacv1.SchemeGroupVersion,
		kind: "ClusterRoleBinding", plural: "clusterrolebindings", cluster: true, name: pathSegmentName,
		defaults: func(b *rbacv1.ClusterRoleBinding) { defaultBinding(&b.RoleRef, b.Subjects) },
		validate: func(b *rbacv1.ClusterRoleBinding) fieldErrors {
			return validateBinding(b.RoleRef, b.Subjects, "ClusterRole")
		},
		validateUpdate: func(b, old *rbacv1.ClusterRoleBinding) fieldErrors {
			return append(validateBinding(b.RoleRef, b.Subjects, "ClusterRole"), keepRole(b.RoleRef, old.RoleRef)...)
		},
		columns: roleBindingColumns(),
		row: func(b *rbacv1.ClusterRoleBinding, now time.Time) []any {
			return bindingCells(b, b.RoleRef, b.Subjects, now)
		},
	}.build()
}

func defaultBinding(ref *rbacv1.RoleRef, subjects []rbacv1.Subject) {
	setEmpty(&ref.APIGroup, rbacv1.GroupName)
	for i := range subjects {
		if kind := subjects[i].Kind; kind == rbacv1.UserKind || kind == rbacv1.GroupKind {
			setEmpty(&subjects[i].APIGroup, rbacv1.GroupName)
		}
	}
}

func validateBinding(ref rbacv1.RoleRef, subjects []rbacv1.Subject, kinds ...string) fieldErrors {
	at := field.NewPath("roleRef")
	var errs fieldErrors
	if ref.APIGroup != rbacv1.GroupName {
		errs = append(errs, field.NotSupported(at.Child("apiGroup"), ref.APIGroup, []string{rbacv1.GroupName}))
	}
	if !slices.Contains(kinds, ref.Kind) {
		errs = append(errs, field.NotSupported(at.Child("kind"), ref.Kind, kinds))
	}
	if ref.Name == "" {
		errs = append(errs, field.Required(at.Child("name"), ""))
	}
	namespaced := len(kinds) > 1 // the binding of a namespace may bind roles of both kinds
	for i, s := range subjects {
		errs = append(errs, validateSubject(s, namespaced, field.NewPath("subjects").Index(i))...)
	}
	return errs
}

func validateSubject(s rbacv1.Subject, namespaced bool, at *field.Path) fieldErrors {
	var errs fieldErrors
	if s.Name == "" {
		errs = append(errs, field.Required(at.Child("name"), ""))
	}
	switch s.Kind {
	case rbacv1.ServiceAccountKind:
		if s.Name != "" {
			errs = append(errs, invalidFor(s.Name, at.Child("name"), apivalidation.NameIsDNSSubdomain(s.Name, false))...)
		}
		if s.APIGroup != "" {
			errs = append(errs, field.NotSupported(at.Child("apiGroup"), s.APIGroup, []string{""}))
		}
		if !namespaced && s.Namespace == "" {
			errs = append(errs, field.Required(at.Child("namespace"), ""))
		}
	case rbacv1.UserKind, rbacv1.GroupKind:
		errs = append(errs, oneOf(s.APIGroup, at.Child("apiGroup"), rbacv1.GroupName)...)
	default:
		errs = append(errs, oneOf(s.Kind, at.Child("kind"), rbacv1.ServiceAccountKind, rbacv1.UserKind, rbacv1.GroupKind)...)
	}
	return errs
}

func keepRole(ref, old rbacv1.RoleRef) fieldErrors {
	if ref == old {
		return nil
	}
	return fieldErrors{field.Invalid(field.NewPath("roleRef"), internalOf(&ref), "cannot change roleRef")}
}

func roleBindingColumns() []metav1.TableColumnDefinition {
	doc := rbacv1.RoleBinding{}.SwaggerDoc()
	return columnsOf(
		column("Role", doc["roleRef"]),
		wide(column("Users", "Users in the roleBinding")), wide(column("Groups", "Groups in the roleBinding")),
		wide(column("ServiceAccounts", "ServiceAccounts in the roleBinding")),
	)
}

func bindingCells(obj metav1.Object, ref rbacv1.RoleRef, subjects []rbacv1.Subject, now time.Time) []any {
	by := map[string][]string{}
	for _, s := range subjects {
		name := s.Name
		if s.Kind == rbacv1.ServiceAccountKind {
			name = s.Namespace + "/" + s.Name
		}
		by[s.Kind] = append(by[s.Kind], name)
	}
	join := func(kind string) string { return strings.Join(by[kind], ", ") }
	return []any{
		obj.GetName(), fmt.Sprintf("%s/%s", ref.Kind, ref.Name), ageOf(obj, now),
		join(rbacv1.UserKind), join(rbacv1.GroupKind), join(rbacv1.ServiceAccountKind),
	}
}
