package controller

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sort"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/watch"
)

var clusterRoleGVR = rbacv1.SchemeGroupVersion.WithResource("clusterroles")

// clusterRoles gathers the rules of ClusterRoles with an aggregationRule from the roles that it selects.
type clusterRoles struct {
	*world
	aggregated map[string][]labels.Selector // by name: what each selects
}

func newClusterRoles(w *world) *clusterRoles {
	return &clusterRoles{world: w, aggregated: map[string][]labels.Selector{}}
}

// observe returns the aggregated roles that a change of a role may concern. A changed one may have been
// selected before; of one that is gone the labels may not be known (watcher.compare).
func (c *clusterRoles) observe(ch change) []object {
	if ch.gvr != clusterRoleGVR {
		return nil
	}
	changed := ch.obj.GetName()
	delete(c.aggregated, changed)
	if _, aggregates := ch.obj.Object["aggregationRule"]; aggregates && ch.kind != watch.Deleted {
		c.aggregated[changed] = selectorsOf(ch.obj)
	}
	var out []object
	for name, selectors := range c.aggregated {
		if name == changed || ch.kind != watch.Added || anySelects(selectors, ch.obj.GetLabels()) {
			out = append(out, object{name: name})
		}
	}
	return out
}

// selectorsOf returns what an aggregated role selects: everything, when that cannot be read and reconcile has to say so.
func selectorsOf(obj *unstructured.Unstructured) []labels.Selector {
	role, err := decode[rbacv1.ClusterRole](obj)
	if err != nil || role.AggregationRule == nil {
		return []labels.Selector{labels.Everything()}
	}
	var out []labels.Selector
	for _, wanted := range role.AggregationRule.ClusterRoleSelectors {
		selector, err := metav1.LabelSelectorAsSelector(&wanted)
		if err != nil {
			selector = labels.Everything()
		}
		out = append(out, selector)
	}
	return out
}

func anySelects(selectors []labels.Selector, set labels.Set) bool {
	return slices.ContainsFunc(selectors, func(s labels.Selector) bool { return s.Matches(set) })
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
	rules := distinctRules{known: map[string]bool{}}
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
			if from.Name == role.Name {
				continue
			}
			if err := rules.add(from.Rules); err != nil {
				return nil, err
			}
		}
	}
	return rules.list, nil
}

// distinctRules are rules in the order in which they were added first.
type distinctRules struct {
	list  []rbacv1.PolicyRule
	known map[string]bool // by their JSON
}

func (d *distinctRules) add(rules []rbacv1.PolicyRule) error {
	for _, rule := range rules {
		text, err := json.Marshal(rule)
		if err != nil {
			return fmt.Errorf("encode rule: %w", err)
		}
		if !d.known[string(text)] {
			d.known[string(text)] = true
			d.list = append(d.list, rule)
		}
	}
	return nil
}
