package engine_test

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
)

func TestResourceFilters(t *testing.T) {
	filters := engine.ParseResourceFilters("[Event,*,*] [*/*,kube-system,*]\n[Node/?*,*,*] nonsense [Pod,shop,web-*][ReplicaSet,*,*] [ClusterRole,*,a:b] [Secret]")
	for _, test := range []struct{ version, kind, namespace, name, subresource, want string }{
		{"v1", "Event", "shop", "e", "", "[Event,*,*]"},
		{"events.k8s.io/v1", "Event", "shop", "e", "", "[Event,*,*]"},
		{"v1", "Pod", "kube-system", "dns", "", "[*/*,kube-system,*]"},
		{"v1", "Pod", "kube-system", "dns", "exec", "[*/*,kube-system,*]"},
		{"v1", "Pod", "shop", "web-1", "", "[Pod,shop,web-*]"},
		{"v1", "Pod", "shop", "db", "", ""},
		{"v1", "Pod", "shop", "web-1", "status", ""},
		{"v1", "Node", "", "n", "", ""},
		{"v1", "Node", "", "n", "status", "[Node/?*,*,*]"},
		{"v1", "Namespace", "", "kube-system", "", "[*/*,kube-system,*]"},
		{"v1", "Namespace", "", "shop", "", ""},
		{"apps/v1", "ReplicaSet", "shop", "web", "", "[ReplicaSet,*,*]"},
		{"apps/v1", "Deployment", "shop", "web", "", ""},
		{"rbac.authorization.k8s.io/v1", "ClusterRole", "", "a:b", "", "[ClusterRole,*,a:b]"},
		{"v1", "Secret", "shop", "s", "", ""},
	} {
		object := &unstructured.Unstructured{Object: map[string]any{"apiVersion": test.version, "kind": test.kind}}
		object.SetNamespace(test.namespace)
		object.SetName(test.name)
		got, ok := filters.Match(&engine.Request{Operation: engine.Create, Object: object, Subresource: test.subresource})
		if got != test.want || ok != (test.want != "") {
			t.Errorf("%+v: got %q, %t", test, got, ok)
		}
	}
}
