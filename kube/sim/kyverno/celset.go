package kyverno

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"podsec/engine/celpolicy/stored"
)

// celSet holds the policies of policies.kyverno.io that exist. Most clusters have none, and then nothing is watched for
// them: a kind is watched from when one of it is found or written.
type celSet struct {
	kinds []*stored.Kind

	taking sync.Mutex // is held while a policy is compiled and taken, by whoever has news of it or of its exceptions

	mu       sync.RWMutex
	used     map[schema.GroupVersionResource]bool // nobody is asked when a NamespacedDeletingPolicy is written
	policies map[types.UID]*stored.Policy
	ordered  []*stored.Policy   // by name; replaced, never changed
	covered  map[types.UID]bool // those that the webhook configurations are made for
}

func newCELSet() *celSet {
	return &celSet{
		kinds: stored.Kinds(), used: map[schema.GroupVersionResource]bool{namespacedDeleting: true}, policies: map[types.UID]*stored.Policy{},
	}
}

// kindOf returns the kind of policies of a resource, in whatever version; nil for others.
func (s *celSet) kindOf(gvr schema.GroupVersionResource) *stored.Kind {
	if gvr.Group != policiesGroup {
		return nil
	}
	at := slices.IndexFunc(s.kinds, func(kind *stored.Kind) bool { return kind.Resource.Resource == gvr.Resource })
	if at < 0 {
		return nil
	}
	return s.kinds[at]
}

// use notes that there are, or may soon be, policies of a resource. It says whether that is news.
func (s *celSet) use(gvr schema.GroupVersionResource) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used[gvr] {
		return false
	}
	s.used[gvr] = true
	return true
}

func (s *celSet) uses(gvr schema.GroupVersionResource) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.used[gvr]
}

// set notes a policy that came, changed, or, with now nil, went.
func (s *celSet) set(old *unstructured.Unstructured, now *stored.Policy) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old != nil {
		delete(s.policies, old.GetUID())
	}
	if now != nil {
		s.policies[now.Object().GetUID()] = now
	}
	s.order()
}

// order puts the policies into their order: Kyverno's own is that of a map.
func (s *celSet) order() {
	s.ordered = slices.SortedFunc(maps.Values(s.policies), func(a, b *stored.Policy) int {
		return cmp.Or(cmp.Compare(a.Key(), b.Key()), cmp.Compare(a.Kind().Kind, b.Kind().Kind))
	})
}

// forget removes the policies of resources that are not served any more.
func (s *celSet) forget(gone []schema.GroupVersionResource) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.policies, func(_ types.UID, p *stored.Policy) bool { return slices.Contains(gone, p.Kind().Resource) })
	maps.DeleteFunc(s.used, func(gvr schema.GroupVersionResource, _ bool) bool {
		return gvr != namespacedDeleting && slices.Contains(gone, gvr)
	})
	s.order()
}

// list returns the policies, ordered by name, that the filter (nil is all) lets through. Callers must not change the list.
func (s *celSet) list(filter func(*stored.Policy) bool) []*stored.Policy {
	s.mu.RLock()
	all := s.ordered
	s.mu.RUnlock()
	if filter == nil {
		return all
	}
	var found []*stored.Policy
	for _, p := range all {
		if filter(p) {
			found = append(found, p)
		}
	}
	return found
}

// named returns the policy that a report's line is of, by the line's source and the policy's key; nil when there is none.
func (s *celSet) named(source, key string) *stored.Policy {
	for _, p := range s.list(nil) {
		if p.Source() == source && p.Key() == key {
			return p
		}
	}
	return nil
}

// cover notes the policies that the webhook configurations are made for.
func (s *celSet) cover(policies []*stored.Policy) {
	covered := make(map[types.UID]bool, len(policies))
	for _, p := range policies {
		covered[p.Object().GetUID()] = p.Admission()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.covered = covered
}

// covers says whether the configurations were made with the policy in mind, and whether it is in them.
func (s *celSet) covers(p *stored.Policy) (known, registered bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	registered, known = s.covered[p.Object().GetUID()]
	return known, registered
}

// watchableCEL are the resources of policies.kyverno.io that somebody would act on.
func (k *Kyverno) watchableCEL() []schema.GroupVersionResource {
	all := []schema.GroupVersionResource{celExceptions}
	for _, kind := range k.cel.kinds {
		all = append(all, kind.Resource)
	}
	if _, running := k.running(cleanupController); running {
		all = append(all, deletingPolicies, namespacedDeleting)
	}
	return all
}

// watchedCEL are the resources that are watched for the sake of policies of policies.kyverno.io, and those that are not served.
func (k *Kyverno) watchedCEL(ctx context.Context) (wanted, gone []schema.GroupVersionResource) {
	for _, gvr := range k.watchableCEL() {
		if _, served := k.discovery.kindOf(gvr); !served {
			gone = append(gone, gvr)
			continue
		}
		if !k.cel.uses(gvr) {
			if heads, err := k.client.Heads(ctx, gvr, ""); err != nil || len(heads) == 0 {
				continue
			}
			k.cel.use(gvr)
		}
		wanted = append(wanted, gvr)
	}
	return wanted, gone
}
