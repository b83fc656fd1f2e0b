package cluster

import (
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func names(objects []*unstructured.Unstructured, kind string) []string {
	var out []string
	for _, obj := range objects {
		if obj.GetKind() == kind {
			out = append(out, obj.GetName())
		}
	}
	return out
}

func TestSystem(t *testing.T) {
	objects, err := System()
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[string][]string{
		"Namespace": {"default", "kube-node-lease", "kube-public", "kube-system"},
		"Node":      {"node-1", "node-2"},
		"Service":   {"kubernetes"},
	} {
		if got := names(objects, kind); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", kind, got, want)
		}
	}
	for _, obj := range objects {
		if obj.GetKind() == "Namespace" && obj.GetLabels()["kubernetes.io/metadata.name"] != obj.GetName() {
			t.Errorf("namespace %s does not carry its name as a label", obj.GetName())
		}
	}
}

// TestSystemRoles checks that every binding names a role that is there, and that users are given what they need to begin.
func TestSystemRoles(t *testing.T) {
	objects, err := System()
	if err != nil {
		t.Fatal(err)
	}
	roles := map[string]bool{}
	for _, obj := range objects {
		roles[obj.GetKind()+"/"+obj.GetNamespace()+"/"+obj.GetName()] = true
	}
	for _, name := range []string{"cluster-admin", "admin", "edit", "view", "system:basic-user", "system:discovery", "system:public-info-viewer"} {
		if !roles["ClusterRole//"+name] {
			t.Errorf("no ClusterRole %s", name)
		}
	}
	for _, obj := range objects {
		if obj.GetKind() != "ClusterRoleBinding" && obj.GetKind() != "RoleBinding" {
			continue
		}
		kind, _, _ := unstructured.NestedString(obj.Object, "roleRef", "kind")
		name, _, _ := unstructured.NestedString(obj.Object, "roleRef", "name")
		namespace := ""
		if kind == "Role" {
			namespace = obj.GetNamespace()
		}
		if !roles[kind+"/"+namespace+"/"+name] {
			t.Errorf("%s %s binds %s %s, which is not there", obj.GetKind(), obj.GetName(), kind, name)
		}
	}
}

// TestWorkloads checks that every object has a namespace that was declared before it, and that some images are from a
// public registry of their own and some are not: the labs are about the difference.
func TestWorkloads(t *testing.T) {
	objects, err := Workloads()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, obj := range objects {
		if obj.GetKind() == "Namespace" {
			known[obj.GetName()] = true
		} else if !known[obj.GetNamespace()] {
			t.Errorf("%s %s is in namespace %q, which is not declared before it", obj.GetKind(), obj.GetName(), obj.GetNamespace())
		}
	}
	want := []string{"carts", "catalog", "checkout", "orders", "ui"}
	if got := names(objects, "Namespace"); !slices.Equal(got, want) {
		t.Errorf("namespaces %v, want %v", got, want)
	}
	for _, deployment := range []string{"carts-dynamodb", "checkout-redis"} {
		if !slices.Contains(names(objects, "Deployment"), deployment) {
			t.Errorf("no deployment %s", deployment)
		}
	}
}

// TestCallersOwnTheObjects: changing what was returned must not reach the next caller.
func TestCallersOwnTheObjects(t *testing.T) {
	first, err := System()
	if err != nil {
		t.Fatal(err)
	}
	first[0].SetName("changed")
	second, err := System()
	if err != nil {
		t.Fatal(err)
	}
	if second[0].GetName() == "changed" {
		t.Error("two calls share an object")
	}
}
