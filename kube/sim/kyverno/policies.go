package kyverno

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine"
)

// labelExcludeReporting takes a policy out of all reports.
const labelExcludeReporting = "reports.kyverno.io/disabled"

// policy is a stored ClusterPolicy or Policy, ready to be used.
type policy struct {
	*engine.Policy
	gvr       schema.GroupVersionResource
	rules     []map[string]any // as stored, with the generated ones after them
	asksRoles bool             // some rule depends on the roles of who makes the request
	later     []map[string]any // the rules that are for the background controller: they generate, or change what exists
}

// compilePolicy makes a policy of a stored object. The API server has checked it, so an error means that the CRDs and
// the engine disagree.
func compilePolicy(gvr schema.GroupVersionResource, object *unstructured.Unstructured) (*policy, error) {
	compiled, err := engine.Compile(object)
	if err != nil {
		return nil, err
	}
	p := &policy{Policy: compiled, gvr: gvr}
	p.rules = objects(nested(object.Object, "spec"), "rules")
	p.asksRoles = mentionsRoles(object.Object["spec"])
	for _, generated := range compiled.Autogen() {
		if rule, ok := generated.(map[string]any); ok {
			p.rules = append(p.rules, rule)
		}
	}
	p.later = slices.DeleteFunc(slices.Clone(p.rules), func(rule map[string]any) bool {
		does := doings(rule)
		return !does.generate && !does.mutateExisting
	})
	return p, nil
}

// reportable says whether results of the policy belong into reports.
func (p *policy) reportable() bool {
	return mayReport(p.Object())
}

// mayReport says whether results of a policy belong into reports.
func mayReport(policy *unstructured.Unstructured) bool {
	_, excluded := policy.GetLabels()[labelExcludeReporting]
	return !excluded
}

// sees says whether the policy looks at resources of a namespace: a ClusterPolicy at all, a Policy at its own.
func (p *policy) sees(namespace string) bool {
	return p.Namespace() == "" || p.Namespace() == namespace
}

// ignores says whether the policy belongs to the webhook with failurePolicy Ignore.
func (p *policy) ignores() bool { return p.FailurePolicyIgnore() }

// ruleNames are the names that the policy's results may carry.
func (p *policy) ruleNames() map[string]bool {
	names := make(map[string]bool, len(p.rules))
	for _, rule := range p.rules {
		names[text(rule, "name")] = true
	}
	return names
}

// policySet holds the policies that exist.
type policySet struct {
	mu       sync.RWMutex
	policies map[string]*policy // by key
	ordered  []*policy          // by key; replaced, never changed
}

func newPolicySet() *policySet {
	return &policySet{policies: map[string]*policy{}}
}

// set notes a policy that came, changed, or, with now nil, went. It says whether anything but the status changed. A
// policy that cannot be compiled is left out, with an error.
func (s *policySet) set(gvr schema.GroupVersionResource, old, now *unstructured.Unstructured) (changed bool, err error) {
	if old != nil && now != nil && sameButStatus(old, now) {
		return false, nil // the compiled policy stays: only its status changed
	}
	var compiled *policy
	if now != nil {
		compiled, err = compilePolicy(gvr, now)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := policyKey(either(old, now))
	delete(s.policies, key)
	if compiled != nil {
		s.policies[key] = compiled
	}
	s.order()
	return true, err
}

// order puts the policies into their order.
func (s *policySet) order() {
	s.ordered = slices.SortedFunc(maps.Values(s.policies), func(a, b *policy) int { return cmp.Compare(a.Key(), b.Key()) })
}

// forget removes the policies of resources that are not served any more.
func (s *policySet) forget(gone ...schema.GroupVersionResource) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.policies, func(_ string, p *policy) bool { return slices.Contains(gone, p.gvr) })
	s.order()
}

// get returns the policy with that key ("name" or "namespace/name"), or nil.
func (s *policySet) get(key string) *policy {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.policies[key]
}

// list returns the policies that the filter (nil is all) lets through, ordered by key. Callers must not change the list.
func (s *policySet) list(filter func(*policy) bool) []*policy {
	s.mu.RLock()
	all := s.ordered
	s.mu.RUnlock()
	if filter == nil {
		return all
	}
	var found []*policy
	for _, p := range all {
		if filter(p) {
			found = append(found, p)
		}
	}
	return found
}

// policyKey is the policy's name as reports write it: "name", or "namespace/name" for a Policy.
func policyKey(object *unstructured.Unstructured) string {
	if object.GetNamespace() == "" {
		return object.GetName()
	}
	return object.GetNamespace() + "/" + object.GetName()
}

// compiled returns the engine's part of the policies.
func compiled(policies []*policy) []*engine.Policy {
	out := make([]*engine.Policy, len(policies))
	for i, p := range policies {
		out[i] = p.Policy
	}
	return out
}
