package kyverno

import (
	"cmp"
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
	return p, nil
}

// reportable says whether results of the policy belong into reports.
func (p *policy) reportable() bool {
	_, excluded := p.Object().GetLabels()[labelExcludeReporting]
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
	broken   map[string]error   // policies that could not be compiled
}

func newPolicySet() *policySet {
	return &policySet{policies: map[string]*policy{}, broken: map[string]error{}}
}

// set notes a policy that came, changed, or, with now nil, went. It says whether anything but the status changed.
func (s *policySet) set(gvr schema.GroupVersionResource, old, now *unstructured.Unstructured) bool {
	if now == nil {
		s.remove(policyKey(old))
		return true
	}
	if old != nil && sameButStatus(old, now) {
		return false // the compiled policy stays: only its status changed
	}
	compiled, err := compilePolicy(gvr, now)
	s.mu.Lock()
	defer s.mu.Unlock()
	key := policyKey(now)
	delete(s.policies, key)
	delete(s.broken, key)
	if err != nil {
		s.broken[key] = err
	} else {
		s.policies[key] = compiled
	}
	return true
}

func (s *policySet) remove(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.policies, key)
	delete(s.broken, key)
}

// forget removes the policies of a resource that is not served any more.
func (s *policySet) forget(gvr schema.GroupVersionResource) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, p := range s.policies {
		if p.gvr == gvr {
			delete(s.policies, key)
		}
	}
}

// get returns the policy with that key ("name" or "namespace/name"), or nil.
func (s *policySet) get(key string) *policy {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.policies[key]
}

// list returns the policies that the filter (nil is all) lets through, ordered by key.
func (s *policySet) list(filter func(*policy) bool) []*policy {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var found []*policy
	for _, p := range s.policies {
		if filter == nil || filter(p) {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(a, b *policy) int { return cmp.Compare(a.Key(), b.Key()) })
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
