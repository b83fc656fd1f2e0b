package engine

import (
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Set is a fixed collection of policies that finds those for a kind without looking at the others. It is safe for
// concurrent use.
type Set struct {
	policies []*Policy
	mutex    sync.Mutex
	byKind   map[kindKey][]*Policy
}

type kindKey struct {
	kind        schema.GroupVersionKind
	subresource string
}

// NewSet returns a set of the policies, ordered by name.
func NewSet(policies []*Policy) *Set {
	return &Set{policies: sortedPolicies(policies), byKind: map[kindKey][]*Policy{}}
}

// All returns the policies in the order of their names; callers must not change the list.
func (s *Set) All() []*Policy { return s.policies }

// For returns the policies with a rule that names the kind, in the order of their names; callers must not change the
// list.
func (s *Set) For(kind schema.GroupVersionKind, subresource string) []*Policy {
	key := kindKey{kind, subresource}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	policies, ok := s.byKind[key]
	if !ok {
		policies = slices.DeleteFunc(slices.Clone(s.policies), func(p *Policy) bool { return !p.Applies(kind, subresource) })
		s.byKind[key] = policies
	}
	return policies
}
