package controller

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
)

// TestAggregatedRolesConcerned has two aggregated roles and looks at which of them a change of a role concerns.
func TestAggregatedRolesConcerned(t *testing.T) {
	c := newClusterRoles(&world{})
	for _, name := range []string{"view", "edit"} {
		role := clusterRole(name, nil)
		role.Object["aggregationRule"] = map[string]any{"clusterRoleSelectors": []any{
			map[string]any{"matchLabels": map[string]any{"to-" + name: "true"}},
			map[string]any{"matchExpressions": []any{map[string]any{"key": "to-all", "operator": "Exists"}}},
		}}
		if got := c.concerned(watch.Added, role); !slices.Equal(got, []string{name}) {
			t.Errorf("aggregated role %s concerns %v", name, got)
		}
	}
	for _, test := range []struct {
		kind   watch.EventType
		labels map[string]any
		want   []string
	}{
		{watch.Added, map[string]any{"to-view": "true"}, []string{"view"}},
		{watch.Added, map[string]any{"to-view": "false"}, nil},
		{watch.Deleted, map[string]any{"to-all": ""}, []string{"edit", "view"}},
		{watch.Deleted, nil, []string{"edit", "view"}},  // the watcher does not keep labels
		{watch.Modified, nil, []string{"edit", "view"}}, // it may have had a label before
		{watch.Added, nil, nil},
	} {
		if got := c.concerned(test.kind, clusterRole("own", test.labels)); !slices.Equal(got, test.want) {
			t.Errorf("%s with labels %v concerns %v, want %v", test.kind, test.labels, got, test.want)
		}
	}
	c.concerned(watch.Modified, clusterRole("edit", nil)) // aggregates no more
	if got := c.concerned(watch.Modified, clusterRole("own", nil)); !slices.Equal(got, []string{"view"}) {
		t.Errorf("after one is no longer aggregated: %v", got)
	}
}

func TestDistinctRules(t *testing.T) {
	read := rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"get", "list"}}
	write := rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"get list"}}
	same := read
	same.ResourceNames = []string{}
	rules := distinctRules{known: map[string]bool{}}
	for _, add := range [][]rbacv1.PolicyRule{{read, write}, {same, read}, nil} {
		if err := rules.add(add); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]rbacv1.PolicyRule{read, write}, rules.list); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// concerned returns the names of the roles that observe returns, in order.
func (c *clusterRoles) concerned(kind watch.EventType, obj *unstructured.Unstructured) []string {
	var names []string
	for _, at := range c.observe(change{kind: kind, gvr: clusterRoleGVR, obj: obj}) {
		names = append(names, at.name)
	}
	slices.Sort(names)
	return names
}

func clusterRole(name string, labels map[string]any) *unstructured.Unstructured {
	metadata := map[string]any{"name": name}
	if labels != nil {
		metadata["labels"] = labels
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": metadata,
	}}
}
