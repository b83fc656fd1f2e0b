package store

import (
	"context"
	"maps"
	"sort"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
)

// List returns a resource's objects by namespace and name, and the resourceVersion at which the list is true. The
// slice is shared and must not be changed.
func (s *Store) List(resource schema.GroupResource) ([]*Item, uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sh, ok := s.shelves[resource]
	if !ok {
		return nil, s.revision
	}
	return sh.inOrder(), s.revision
}

// ListAt returns what List returned at a past resourceVersion. It returns ErrExpired when the history does not reach
// back so far, and ErrFuture for a resourceVersion that was not given out yet.
func (s *Store) ListAt(resource schema.GroupResource, revision uint64) ([]*Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if revision > s.revision {
		return nil, ErrFuture
	}
	sh, ok := s.shelves[resource]
	if !ok {
		return nil, nil
	}
	if revision < sh.compacted {
		return nil, ErrExpired
	}
	later := sh.after(revision)
	if len(later) == 0 {
		return sh.inOrder(), nil
	}
	return rewind(sh.items, later), nil
}

// rewind undoes events on a copy of items.
func rewind(items map[place]*Item, events []Event) []*Item {
	past := maps.Clone(items)
	for i := len(events) - 1; i >= 0; i-- {
		if e := events[i]; e.Old == nil {
			delete(past, e.Item.Key.place())
		} else {
			past[e.Item.Key.place()] = e.Old
		}
	}
	list := make([]*Item, 0, len(past))
	for _, item := range past {
		list = append(list, item)
	}
	sortItems(list)
	return list
}

// Wait returns the changes of a resource after a resourceVersion, in order; with none it waits for the next one or for
// the end of ctx. What happened before that end is returned, also when both are noticed together: a caller gets the
// error of ctx only when there is nothing more to know. A caller that falls behind the history gets ErrExpired and must
// list again: nothing is queued for slow readers.
func (s *Store) Wait(ctx context.Context, resource schema.GroupResource, after uint64) ([]Event, error) {
	for {
		end := ctx.Err()
		events, changed, err := s.since(resource, after)
		if err != nil || len(events) > 0 {
			return events, err
		}
		if end != nil {
			return nil, end
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// since returns the changes after a resourceVersion and the channel that is closed at the next one.
func (s *Store) since(resource schema.GroupResource, after uint64) ([]Event, <-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sh := s.shelf(resource)
	if after < sh.compacted {
		return nil, nil, ErrExpired
	}
	return sh.after(after), sh.changed, nil
}

// after returns the events with a higher revision.
func (sh *shelf) after(revision uint64) []Event {
	n := len(sh.events)
	first := sort.Search(n, func(i int) bool { return sh.events[i].Revision > revision })
	return sh.events[first:n:n]
}

// All returns every stored object, ordered by resource, namespace and name.
func (s *Store) All() []*Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*Item
	for _, sh := range s.shelves {
		all = append(all, sh.inOrder()...)
	}
	sort.SliceStable(all, func(i, j int) bool {
		a, b := all[i].Key.Resource, all[j].Key.Resource
		return a.Group < b.Group || a.Group == b.Group && a.Resource < b.Resource
	})
	return all
}

// eventType says what a change looks like to a watch, by whether the object is there before and after.
func eventType(before, after bool) watch.EventType {
	switch {
	case before && after:
		return watch.Modified
	case before:
		return watch.Deleted
	}
	return watch.Added
}
