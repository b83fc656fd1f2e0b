package rbac

import (
	"context"
	"fmt"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"sigs.k8s.io/yaml"
)

// stored is a cluster's roles and bindings, by resource/namespace/name.
type stored map[string]*unstructured.Unstructured

func (s stored) Get(_ context.Context, gvr schema.GroupVersionResource, namespace, name string) (*unstructured.Unstructured, error) {
	if obj, ok := s[gvr.Resource+"/"+namespace+"/"+name]; ok {
		return obj, nil
	}
	return nil, apierrors.NewNotFound(gvr.GroupResource(), name)
}

func (s stored) List(_ context.Context, gvr schema.GroupVersionResource, namespace string, _ labels.Selector) ([]*unstructured.Unstructured, error) {
	var out []*unstructured.Unstructured
	for key, obj := range s {
		if strings.HasPrefix(key, gvr.Resource+"/"+namespace+"/") {
			out = append(out, obj)
		}
	}
	return out, nil
}

func newStored(t *testing.T, texts ...string) stored {
	t.Helper()
	s := stored{}
	for _, text := range texts {
		obj := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(text), &obj.Object); err != nil {
			t.Fatal(err)
		}
		s[strings.ToLower(obj.GetKind())+"s/"+obj.GetNamespace()+"/"+obj.GetName()] = obj
	}
	return s
}

// cluster has a role of each kind, bound in each way.
func cluster(t *testing.T) stored {
	return newStored(t,
		"{kind: ClusterRole, metadata: {name: reader}, rules: [{apiGroups: [''], resources: [pods, '*/status'], verbs: [get, list]}, {nonResourceURLs: [/healthz, /logs/*], verbs: [get]}]}",
		"{kind: ClusterRole, metadata: {name: owner}, rules: [{apiGroups: [apps], resources: ['*'], resourceNames: [web], verbs: ['*']}]}",
		"{kind: Role, metadata: {name: reader, namespace: shop}, rules: [{apiGroups: ['*'], resources: [secrets], verbs: [get]}]}",
		"{kind: ClusterRoleBinding, metadata: {name: all}, roleRef: {kind: ClusterRole, name: reader}, subjects: [{kind: User, name: amy}, {kind: Group, name: staff}]}",
		"{kind: RoleBinding, metadata: {name: own, namespace: shop}, roleRef: {kind: ClusterRole, name: owner}, subjects: [{kind: ServiceAccount, name: bot}, {kind: ServiceAccount, name: far, namespace: other}]}",
		"{kind: RoleBinding, metadata: {name: read, namespace: shop}, roleRef: {kind: Role, name: reader}, subjects: [{kind: User, name: bob}]}",
		"{kind: RoleBinding, metadata: {name: odd, namespace: shop}, roleRef: {kind: Team, name: x}, subjects: [{kind: User, name: odd}, {kind: Robot, name: r}]}",
	)
}

func TestAuthorize(t *testing.T) {
	a := New(cluster(t))
	for _, test := range []struct {
		who, groups, verb, what, name string // what is namespace:group/resource/subresource, or a path
		want                          string
	}{
		{"root", "system:masters", "delete", ":/nodes", "n", "yes "},
		{"amy", "", "get", ":/pods", "", `yes RBAC: allowed by ClusterRoleBinding "all" of ClusterRole "reader" to User "amy"`},
		{"amy", "", "get", "shop:/pods", "p", `yes RBAC: allowed by ClusterRoleBinding "all" of ClusterRole "reader" to User "amy"`},
		{"eve", "staff", "list", "shop:/pods", "", `yes RBAC: allowed by ClusterRoleBinding "all" of ClusterRole "reader" to Group "staff"`},
		{"amy", "", "delete", ":/pods", "", "no "},
		{"amy", "", "get", ":/pods/log", "p", "no "},
		{"amy", "", "get", ":/nodes/status", "n", `yes RBAC: allowed by ClusterRoleBinding "all" of ClusterRole "reader" to User "amy"`},
		{"amy", "", "get", ":apps/pods", "", "no "},
		{"amy", "", "get", "/healthz", "", `yes RBAC: allowed by ClusterRoleBinding "all" of ClusterRole "reader" to User "amy"`},
		{"amy", "", "get", "/logs/a/b", "", `yes RBAC: allowed by ClusterRoleBinding "all" of ClusterRole "reader" to User "amy"`},
		{"amy", "", "get", "/healthz/etcd", "", "no "},
		{"amy", "", "post", "/healthz", "", "no "},
		{"system:serviceaccount:shop:bot", "", "patch", "shop:apps/deployments/scale", "web", `yes RBAC: allowed by RoleBinding "own/shop" of ClusterRole "owner" to ServiceAccount "bot/shop"`},
		{"system:serviceaccount:other:far", "", "get", "shop:apps/deployments", "web", `yes RBAC: allowed by RoleBinding "own/shop" of ClusterRole "owner" to ServiceAccount "far/other"`},
		{"system:serviceaccount:other:bot", "", "get", "shop:apps/deployments", "web", "no "},
		{"system:serviceaccount:shop:bot", "", "list", "shop:apps/deployments", "", "no "},
		{"system:serviceaccount:shop:bot", "", "get", "other:apps/deployments", "web", "no "},
		{"bob", "", "get", "shop:/secrets", "s", `yes RBAC: allowed by RoleBinding "read/shop" of Role "reader" to User "bob"`},
		{"bob", "", "get", ":/secrets", "s", "no "},
		{"odd", "", "get", "shop:/secrets", "s", `no RBAC: unsupported role reference kind: "Team"`},
		{"r", "", "get", "shop:/secrets", "s", "no "},
	} {
		r := authorizer.AttributesRecord{User: &user.DefaultInfo{Name: test.who, Groups: strings.Fields(test.groups)}, Verb: test.verb, Name: test.name}
		if namespace, rest, ok := strings.Cut(test.what, ":"); ok {
			parts := append(strings.Split(rest, "/"), "")
			r.ResourceRequest, r.Namespace, r.APIGroup, r.Resource, r.Subresource = true, namespace, parts[0], parts[1], parts[2]
		} else {
			r.Path = test.what
		}
		allowed, reason := a.Authorize(context.Background(), r)
		if got := map[bool]string{true: "yes ", false: "no "}[allowed] + reason; got != test.want {
			t.Errorf("%s %s %s: %s, want %s", test.who, test.verb, test.what, got, test.want)
		}
	}
}

func TestRulesFor(t *testing.T) {
	a := New(cluster(t))
	for name, want := range map[string]int{"amy": 2, "bob": 1, "nobody": 0, "odd": 0} {
		rules, err := a.RulesFor(context.Background(), &user.DefaultInfo{Name: name}, "shop")
		if len(rules) != want || (err != nil) != (name == "odd") {
			t.Errorf("%s: %d rules, %v; want %d", name, len(rules), err, want)
		}
	}
}

func TestMayWrite(t *testing.T) {
	s := cluster(t)
	for name, obj := range newStored(t,
		"{kind: ClusterRole, metadata: {name: top}, rules: [{apiGroups: [rbac.authorization.k8s.io], resources: [roles], resourceNames: [free], verbs: [escalate]}, {apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], resourceNames: [owner], verbs: [bind]}]}",
		"{kind: ClusterRoleBinding, metadata: {name: top}, roleRef: {kind: ClusterRole, name: top}, subjects: [{kind: User, name: amy}]}",
	) {
		s[name] = obj
	}
	a, amy, ctx := New(s), &user.DefaultInfo{Name: "amy", Groups: []string{"g"}}, context.Background()
	const lacks = `user "amy" (groups=["g"]) is attempting to grant RBAC permissions not currently held:` + "\n"
	rule := func(group, resource string, verbs ...string) []rbacv1.PolicyRule {
		return []rbacv1.PolicyRule{{APIGroups: []string{group}, Resources: []string{resource}, Verbs: verbs}}
	}
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"what she has":      {a.MayWrite(ctx, amy, Role{Namespace: "shop", Name: "r", Rules: rule("", "pods", "get")}), "<nil>"},
		"more":              {a.MayWrite(ctx, amy, Role{Namespace: "shop", Name: "r", Rules: rule("", "pods", "get", "delete", "patch")}), lacks + `{APIGroups:[""], Resources:["pods"], Verbs:["delete" "patch"]}`},
		"a path":            {a.MayWrite(ctx, amy, Role{Name: "r", Rules: []rbacv1.PolicyRule{{NonResourceURLs: []string{"/x"}, Verbs: []string{"get"}}}}), lacks + `{NonResourceURLs:["/x"], Verbs:["get"]}`},
		"free to escalate":  {a.MayWrite(ctx, amy, Role{Namespace: "shop", Name: "free", Rules: rule("*", "*", "*")}), "<nil>"},
		"an aggregation":    {a.MayWrite(ctx, amy, Role{Name: "r", Aggregates: true}), "must have cluster-admin privileges to use the aggregationRule"},
		"binding a lot":     {a.MayBind(ctx, amy, "shop", rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "reader"}), lacks + `{APIGroups:["*"], Resources:["secrets"], Verbs:["get"]}`},
		"free to bind":      {a.MayBind(ctx, amy, "shop", rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "owner"}), "<nil>"},
		"binding a ghost":   {a.MayBind(ctx, amy, "shop", rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "ghost"}), `role.rbac.authorization.k8s.io "ghost" not found`},
		"binding her rules": {a.MayBind(ctx, amy, "", rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "reader"}), "<nil>"},
	} {
		if got := fmt.Sprint(test.err); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, test.want)
		}
	}
}
