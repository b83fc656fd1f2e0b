package kyverno

import (
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	chart "podsec/assets/kyverno"
)

// chartObject returns an object of the chart.
func chartObject(t testing.TB, kind, name string) *unstructured.Unstructured {
	t.Helper()
	objects, err := chart.Manifests()
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range objects {
		if object.GetKind() == kind && object.GetName() == name {
			return object
		}
	}
	t.Fatalf("the chart has no %s %s", kind, name)
	return nil
}

func TestFiltered(t *testing.T) {
	c := parseConfig(chartObject(t, "ConfigMap", "kyverno"))
	type request struct{ apiVersion, kind, subresource, namespace, name string }
	for r, want := range map[request]bool{
		{"v1", "Pod", "", "default", "nginx"}:                                                   false,
		{"v1", "Pod", "", "kube-system", "coredns"}:                                             true,
		{"v1", "Pod", "exec", "kube-system", "coredns"}:                                         true,
		{"v1", "Pod", "exec", "default", "nginx"}:                                               false,
		{"v1", "Pod", "", "kyverno", "anything"}:                                                true,
		{"v1", "Namespace", "", "", "kube-system"}:                                              true,
		{"v1", "Namespace", "", "", "kyverno"}:                                                  true,
		{"v1", "Namespace", "", "", "default"}:                                                  false,
		{"v1", "Event", "", "default", "x"}:                                                     true,
		{"events.k8s.io/v1", "Event", "", "default", "x"}:                                       true,
		{"apps/v1", "ReplicaSet", "", "default", "web-1"}:                                       true,
		{"apps/v1", "ReplicaSet", "scale", "default", "web-1"}:                                  true,
		{"apps/v1", "Deployment", "", "default", "web"}:                                         false,
		{"v1", "Node", "", "", "node-1"}:                                                        true,
		{"v1", "Pod", "binding", "default", "nginx"}:                                            true,
		{"rbac.authorization.k8s.io/v1", "ClusterRole", "", "", "viewer"}:                       false,
		{"rbac.authorization.k8s.io/v1", "ClusterRole", "", "", "kyverno:admission-controller"}: true,
	} {
		gvk := schema.FromAPIVersionAndKind(r.apiVersion, r.kind)
		if got := c.filtered(gvk, r.subresource, r.namespace, r.name); got != want {
			t.Errorf("%+v: filtered is %v, want %v", r, got, want)
		}
	}
	if (&config{}).filtered(schema.GroupVersionKind{Version: "v1", Kind: "Pod"}, "", "kube-system", "x") {
		t.Error("without a ConfigMap nothing is filtered")
	}
}

func TestExcludes(t *testing.T) {
	c := parseConfig(&unstructured.Unstructured{Object: map[string]any{"data": map[string]any{
		"excludeGroups":       "system:nodes, ops-*,, !",
		"excludeUsernames":    "robot,!robot-7,!system:kube-scheduler",
		"excludeClusterRoles": "cluster-admin",
		"excludeRoles":        "ci:*",
	}}})
	user := func(name string, groups ...string) authenticationv1.UserInfo {
		return authenticationv1.UserInfo{Username: name, Groups: groups}
	}
	for _, test := range []struct {
		user                authenticationv1.UserInfo
		roles, clusterRoles []string
		want                bool
	}{
		{user: user("alice", "dev")},
		{user: user("kubelet", "system:nodes"), want: true},
		{user: user("alice", "ops-night"), want: true},
		{user: user("robot"), want: true},
		{user: user("robot-7", "system:nodes")},
		{user: user("alice"), roles: []string{"ci:deployer"}, want: true},
		{user: user("alice"), clusterRoles: []string{"cluster-admin"}, want: true},
		{user: user("system:kube-scheduler", "system:nodes")},
	} {
		if got := c.excludes(test.user, test.roles, test.clusterRoles); got != test.want {
			t.Errorf("%+v: excluded is %v, want %v", test, got, test.want)
		}
	}
}

func TestWebhookSettings(t *testing.T) {
	c := parseConfig(chartObject(t, "ConfigMap", "kyverno"))
	if len(c.namespaceSelector.MatchExpressions) != 2 || c.objectSelector != nil || c.annotations["admissions.enforcer/disabled"] != "true" {
		t.Errorf("the chart's webhook settings are read as %+v", c)
	}
	broken := parseConfig(&unstructured.Unstructured{Object: map[string]any{"data": map[string]any{
		"webhooks": "{", "webhookAnnotations": "[]", "matchConditions": "7",
	}}})
	if broken.namespaceSelector != nil || broken.annotations != nil || broken.matchConditions != nil {
		t.Errorf("values that are no JSON count as absent, got %+v", broken)
	}
}
