package rbac

import (
	"context"
	"fmt"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apiserver/pkg/authentication/serviceaccount"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
)

// Reader is what must be known of the cluster; api.Client has it.
type Reader interface {
	Get(ctx context.Context, gvr schema.GroupVersionResource, namespace, name string) (*unstructured.Unstructured, error)
	List(ctx context.Context, gvr schema.GroupVersionResource, namespace string, selector labels.Selector) ([]*unstructured.Unstructured, error)
}

// Authorizer authorizes by what Reader reads at that moment.
type Authorizer struct{ reader Reader }

// New returns an authorizer.
func New(reader Reader) *Authorizer { return &Authorizer{reader: reader} }

// Privileged says whether a user may do everything without being asked: the API server itself and whoever installs a
// cluster are in the group system:masters.
func Privileged(u user.Info) bool { return slices.Contains(u.GetGroups(), user.SystemPrivilegedGroup) }

// Authorize says whether a request is allowed, and why. A reason without permission says what is broken: a binding to a
// role that does not exist.
func (r *Authorizer) Authorize(ctx context.Context, a authorizer.Attributes) (allowed bool, reason string) {
	if Privileged(a.GetUser()) {
		return true, ""
	}
	var errs []error
	for grant, err := range r.grants(ctx, a.GetUser(), a.GetNamespace()) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if slices.ContainsFunc(grant.rules, func(rule rbacv1.PolicyRule) bool { return allows(rule, a) }) {
			return true, "RBAC: allowed by " + grant.source
		}
	}
	if len(errs) > 0 {
		return false, fmt.Sprintf("RBAC: %v", utilerrors.NewAggregate(errs))
	}
	return false, ""
}

// RulesFor returns all that a user may do in a namespace; "" is what is not in namespaces. The error says which rules
// could not be found.
func (r *Authorizer) RulesFor(ctx context.Context, u user.Info, namespace string) ([]rbacv1.PolicyRule, error) {
	var rules []rbacv1.PolicyRule
	var errs []error
	for grant, err := range r.grants(ctx, u, namespace) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		rules = append(rules, grant.rules...)
	}
	return rules, utilerrors.NewAggregate(errs)
}

// grant is what one binding gives to a user.
type grant struct {
	source string
	rules  []rbacv1.PolicyRule
}

// grants yields what each binding gives to a user: those of the cluster, then those of the namespace.
func (r *Authorizer) grants(ctx context.Context, u user.Info, namespace string) func(yield func(grant, error) bool) {
	return func(yield func(grant, error) bool) {
		for binding, err := range r.bindings(ctx, namespace) {
			if err != nil {
				if !yield(grant{}, err) {
					return
				}
				continue
			}
			at := slices.IndexFunc(binding.subjects, func(s rbacv1.Subject) bool { return isSubject(u, s, binding.namespace) })
			if at < 0 {
				continue
			}
			rules, err := r.rules(ctx, binding)
			if !yield(grant{source: binding.describe(binding.subjects[at]), rules: rules}, err) {
				return
			}
		}
	}
}

// binding is a ClusterRoleBinding, or with a namespace a RoleBinding.
type binding struct {
	namespace, name string
	role            rbacv1.RoleRef
	subjects        []rbacv1.Subject
}

func (b binding) describe(s rbacv1.Subject) string {
	who := fmt.Sprintf("%s %q", s.Kind, s.Name)
	if s.Kind == rbacv1.ServiceAccountKind {
		namespace := s.Namespace
		if namespace == "" {
			namespace = b.namespace
		}
		who = fmt.Sprintf("%s %q", s.Kind, s.Name+"/"+namespace)
	}
	kind, name := "ClusterRoleBinding", b.name
	if b.namespace != "" {
		kind, name = "RoleBinding", b.name+"/"+b.namespace
	}
	return fmt.Sprintf("%s %q of %s %q to %s", kind, name, b.role.Kind, b.role.Name, who)
}

// bindings yields the cluster's bindings and those of a namespace.
func (r *Authorizer) bindings(ctx context.Context, namespace string) func(yield func(binding, error) bool) {
	return func(yield func(binding, error) bool) {
		kinds := []string{"clusterrolebindings"}
		if namespace != "" {
			kinds = append(kinds, "rolebindings")
		}
		for _, plural := range kinds {
			in := namespace
			if plural == "clusterrolebindings" {
				in = ""
			}
			list, err := r.reader.List(ctx, rbacv1.SchemeGroupVersion.WithResource(plural), in, nil)
			if err != nil && !yield(binding{}, err) {
				return
			}
			for _, obj := range list {
				typed := rbacv1.RoleBinding{} // both kinds have the same fields
				err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, &typed)
				if !yield(binding{namespace: in, name: obj.GetName(), role: typed.RoleRef, subjects: typed.Subjects}, err) {
					return
				}
			}
		}
	}
}

// rules returns those of the role that a binding names.
func (r *Authorizer) rules(ctx context.Context, b binding) ([]rbacv1.PolicyRule, error) {
	plural, namespace := "clusterroles", ""
	switch b.role.Kind {
	case "ClusterRole":
	case "Role":
		plural, namespace = "roles", b.namespace
	default:
		return nil, fmt.Errorf("unsupported role reference kind: %q", b.role.Kind)
	}
	obj, err := r.reader.Get(ctx, rbacv1.SchemeGroupVersion.WithResource(plural), namespace, b.role.Name)
	if apierrors.IsNotFound(err) { // named as by a lister, which knows the kind in the singular
		err = apierrors.NewNotFound(schema.GroupResource{Group: rbacv1.GroupName, Resource: plural[:len(plural)-1]}, b.role.Name)
	}
	if err != nil {
		return nil, err
	}
	role := rbacv1.ClusterRole{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, &role); err != nil {
		return nil, fmt.Errorf("decode role %s: %w", b.role.Name, err)
	}
	return role.Rules, nil
}

// isSubject says whether a binding in a namespace means a user.
func isSubject(u user.Info, s rbacv1.Subject, namespace string) bool {
	switch s.Kind {
	case rbacv1.UserKind:
		return u.GetName() == s.Name
	case rbacv1.GroupKind:
		return slices.Contains(u.GetGroups(), s.Name)
	case rbacv1.ServiceAccountKind:
		if s.Namespace != "" {
			namespace = s.Namespace
		}
		return namespace != "" && serviceaccount.MatchesUsername(namespace, s.Name, u.GetName())
	}
	return false
}
