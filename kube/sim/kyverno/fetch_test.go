package kyverno

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestParsePath(t *testing.T) {
	gvr := func(group, version, resource string) schema.GroupVersionResource {
		return schema.GroupVersionResource{Group: group, Version: version, Resource: resource}
	}
	for path, want := range map[string]apiPath{
		"/api/v1/namespaces":                           {gvr: gvr("", "v1", "namespaces")},
		"/api/v1/namespaces/team":                      {gvr: gvr("", "v1", "namespaces"), name: "team"},
		"/api/v1/namespaces/team/pods":                 {gvr: gvr("", "v1", "pods"), namespace: "team"},
		"/api/v1/namespaces/team/pods/p":               {gvr: gvr("", "v1", "pods"), namespace: "team", name: "p"},
		"/api/v1/pods?limit=5":                         {gvr: gvr("", "v1", "pods")},
		"/apis/apps/v1/deployments":                    {gvr: gvr("apps", "v1", "deployments")},
		"/apis/apps/v1/namespaces/team/deployments/d/": {gvr: gvr("apps", "v1", "deployments"), namespace: "team", name: "d"},
	} {
		got, ok := parsePath(path)
		if !ok || got != want {
			t.Errorf("%s is %+v (%v), want %+v", path, got, ok, want)
		}
	}
	for _, path := range []string{"", "/", "/api", "/api/v1", "/apis/apps/v1", "/version", "/api/v1/namespaces/team/pods/p/log"} {
		if got, ok := parsePath(path); ok {
			t.Errorf("%q is taken for %+v", path, got)
		}
	}
}

func FuzzParsePath(f *testing.F) {
	f.Add("/apis/apps/v1/namespaces/team/deployments/d")
	f.Fuzz(func(_ *testing.T, path string) { parsePath(path) })
}

func TestCall(t *testing.T) {
	c := newKyvernoCluster(t)
	c.mustApply(pod("p", "team", "app: web"))
	f := fetcher{c.kyverno}
	data, err := f.Call(t.Context(), "GET", "/api/v1/namespaces/team/pods/p", nil)
	if err != nil {
		t.Fatal(err)
	}
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(data); err != nil || u.GetName() != "p" {
		t.Errorf("the pod is %s (%v)", data, err)
	}
	data, err = f.Call(t.Context(), "GET", "/api/v1/namespaces/team/pods", nil)
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Kind  string
		Items []any
	}
	if err := json.Unmarshal(data, &list); err != nil || list.Kind != "PodList" || len(list.Items) != 1 {
		t.Errorf("the list is %s (%v)", data, err)
	}
	if _, err := f.Call(t.Context(), "GET", "/api/v1/namespaces/team/pods/q", nil); !apierrors.IsNotFound(err) {
		t.Errorf("an absent pod: %v", err)
	}
	if _, err := f.Call(t.Context(), "GET", "/apis/example.org/v1/things", nil); err == nil {
		t.Error("an unknown kind can be read")
	}
	if _, err := f.Call(t.Context(), "POST", "/api/v1/namespaces", nil); !errors.Is(err, errUnsupportedCall) {
		t.Errorf("POST: %v", err)
	}
}

// TestContextFromCluster: rules read ConfigMaps and lists of the cluster they run in.
func TestContextFromCluster(t *testing.T) {
	c := newKyvernoCluster(t)
	c.mustApply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: allowed, namespace: team}\ndata: {teams: a}")
	c.applyPolicies(`
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: known-teams}
spec:
  background: false
  rules:
  - name: team
    match: {any: [{resources: {kinds: [Pod], namespaces: [team]}}]}
    context:
    - {name: allowed, configMap: {name: allowed, namespace: team}}
    - {name: pods, apiCall: {urlPath: /api/v1/namespaces/team/pods, jmesPath: "items | length(@)"}}
    validate:
      failureAction: Enforce
      message: "{{ allowed.data.teams }} is allowed, {{ pods }} are there"
      deny: {conditions: {any: [{key: "{{ request.object.metadata.labels.team }}", operator: NotEquals, value: "{{ allowed.data.teams }}"}]}}
`)
	c.mustApply(pod("p", "team", "team: a"))
	if err := c.apply(pod("q", "team", "team: b")); err == nil || !strings.Contains(err.Error(), "a is allowed, 1 are there") {
		t.Errorf("the answer is %v", err)
	}
}

func TestRoles(t *testing.T) {
	c := newKyvernoCluster(t)
	c.mustApply(`
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: deployers, namespace: team}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: deployer}
subjects: [{kind: ServiceAccount, name: ci, namespace: team}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: editors, namespace: team}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: "system:serviceaccount:team:ci"}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: all-may-look}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: "system:serviceaccounts:team"}]
`)
	c.applyPolicies(`
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: only-deployers}
spec:
  background: false
  rules:
  - name: pods
    match: {any: [{resources: {kinds: [Pod]}}]}
    exclude: {any: [{roles: ["team:deployer"]}]}
    validate: {failureAction: Enforce, message: "roles: {{ request.roles }} cluster roles: {{ request.clusterRoles }}", deny: {}}
`)
	object := parseObjects(t, pod("p", "team", "app: web"))[0]
	attributes := c.attributes(object, "system:serviceaccount:team:ci", "system:serviceaccounts:team")
	roles, clusterRoles := c.kyverno.rolesOf(context.Background(), attributes)
	if diff := cmp.Diff([]string{"team:deployer"}, roles); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"edit", "view"}, clusterRoles); diff != "" {
		t.Error(diff)
	}
	service, _ := c.kyverno.Lookup("kyverno", "kyverno-svc")
	if answer, err := service.Review(t.Context(), "/validate/fail", attributes); err != nil || !answer.Allowed {
		t.Errorf("a deployer is answered %+v, %v", answer, err)
	}
	if err := c.apply(pod("p", "team", "app: web")); err == nil {
		t.Error("somebody without the role may create pods")
	}
}

func TestBindsTo(t *testing.T) {
	c := map[string]any{"subjects": []any{map[string]any{"kind": "ServiceAccount", "name": "ci", "namespace": "other"}, map[string]any{"kind": "Other", "name": "ci"}}}
	if bindsTo(c, "team", userInfo("system:serviceaccount:team:ci")) || !bindsTo(c, "team", userInfo("system:serviceaccount:other:ci")) {
		t.Error("a service account is looked for in the wrong namespace")
	}
	none := map[string]any{"subjects": []any{map[string]any{"kind": "ServiceAccount", "name": "ci"}}}
	if bindsTo(none, "", userInfo("system:serviceaccount::ci")) {
		t.Error("a service account without a namespace is bound")
	}
}
