package controller

import (
	"context"
	"sort"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

var clusterRoleGVR = rbacv1.SchemeGroupVersion.WithResource("clusterroles")

// clusterRoles gathers the rules of ClusterRoles with an aggregationRule from the roles that it selects.
type clusterRoles struct {
	*world
	aggregated map[string]bool // by name
}

func newClusterRoles(w *world) *clusterRoles {
	return &clusterRoles{world: w, aggregated: map[string]bool{}}
}

func (c *clusterRoles) observe(ch change) []object {
	if ch.gvr != clusterRoleGVR {
		return nil
	}
	name := ch.obj.GetName()
	delete(c.aggregated, name)
	if _, aggregates := ch.obj.Object["aggregationRule"]; aggregates && ch.kind != watch.Deleted {
		c.aggregated[name] = true
	}
	var out []object
	for name := range c.aggregated {
		out = append(out, object{name: name})
	}
	return out
}

func (c *clusterRoles) reconcile(ctx context.Context, at object) error {
	role, err := get[rbacv1.ClusterRole](ctx, c.world, clusterRoleGVR, "", at.name)
	if err != nil || role == nil || role.AggregationRule == nil {
		return err
	}
	rules, err := c.gather(ctx, role)
	if err != nil || equal(rules, role.Rules) {
		return err
	}
	role.Rules = rules
	_, err = update(ctx, c.world, clusterRoleGVR, role, "")
	return err
}

// gather returns the rules of the selected roles by name, each once.
func (c *clusterRoles) gather(ctx context.Context, role *rbacv1.ClusterRole) ([]rbacv1.PolicyRule, error) {
	var rules []rbacv1.PolicyRule
	for _, labels := range role.AggregationRule.ClusterRoleSelectors {
		selector, err := metav1.LabelSelectorAsSelector(&labels)
		if err != nil {
			return nil, err
		}
		selected, err := list[rbacv1.ClusterRole](ctx, c.world, clusterRoleGVR, "", selector)
		if err != nil {
			return nil, err
		}
		sort.Slice(selected, func(i, j int) bool { return selected[i].Name < selected[j].Name })
		for _, from := range selected {
			if from.Name != role.Name {
				rules = addRules(rules, from.Rules)
			}
		}
	}
	return rules, nil
}

func addRules(to, from []rbacv1.PolicyRule) []rbacv1.PolicyRule {
	for _, rule := range from {
		have := false
		for _, old := range to {
			have = have || equal(old, rule)
		}
		if !have {
			to = append(to, rule)
		}
	}
	return to
}
