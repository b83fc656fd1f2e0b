package store

import (
	"sort"
	"strconv"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
)

// Replace makes objects the whole content of the store in one step. What has not changed since it was read from the
// store, or put there by Replace, stays as it is; watches see everything else as deleted, added or modified, each
// under a new resourceVersion. The objects stay the caller's: they are shared, not changed.
func (s *Store) Replace(objects map[Key]*unstructured.Unstructured) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range objects {
		s.shelf(key.Resource)
	}
	for _, key := range s.affected(objects) {
		s.put(key, objects[key])
	}
}

// affected lists the keys that are stored or wanted, deletions first, and in a fixed order.
func (s *Store) affected(objects map[Key]*unstructured.Unstructured) []Key {
	var gone, wanted []Key
	for _, sh := range s.shelves {
		for _, item := range sh.items {
			if _, ok := objects[item.Key]; !ok {
				gone = append(gone, item.Key)
			}
		}
	}
	for key := range objects {
		wanted = append(wanted, key)
	}
	for _, keys := range [][]Key{gone, wanted} {
		sort.Slice(keys, func(i, j int) bool {
			a, b := keys[i], keys[j]
			if a.Resource != b.Resource {
				return a.Resource.String() < b.Resource.String()
			}
			return a.less(b)
		})
	}
	return append(gone, wanted...)
}

// put brings one key to the wanted object; nil removes it.
func (s *Store) put(key Key, obj *unstructured.Unstructured) {
	sh := s.shelf(key.Resource)
	old := sh.items[key.place()]
	if old != nil && obj != nil && same(old, obj) {
		return
	}
	kind := eventType(old != nil, obj != nil)
	if kind == watch.Modified && old.UID != obj.GetUID() {
		// Another object of the same name: a watch must not take it for the former one.
		s.put(key, nil)
		old, kind = nil, watch.Added
	}
	s.revision++
	source := obj
	if kind == watch.Deleted {
		source = old.Object()
	}
	item := restamp(key, source, s.revision)
	item.origin = obj
	sh.record(Event{Type: kind, Revision: s.revision, Item: item, Old: old})
}

// same says whether obj is what is stored.
func same(old *Item, obj *unstructured.Unstructured) bool {
	if obj == old.origin {
		return true
	}
	return obj.GetUID() == old.UID && obj.GetResourceVersion() == strconv.FormatUint(old.Revision, 10)
}
