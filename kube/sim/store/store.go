package store

import (
	"errors"
	"maps"
	"slices"
	"sort"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
)

// What a call can fail with. The API server turns them into Status errors.
var (
	ErrExists   = errors.New("object already exists")
	ErrNotFound = errors.New("object does not exist")
	ErrConflict = errors.New("object has been modified")
	ErrExpired  = errors.New("resource version is too old")
	ErrFuture   = errors.New("resource version is in the future")
)

// history is how many changes of one resource are kept for watches and paged lists.
const history = 1024

// warm is how many of the latest items are kept as objects: those that controllers are about to work on.
const warm = 64

// Store holds the objects. It is safe for concurrent use.
type Store struct {
	mu       sync.RWMutex
	revision uint64
	shelves  map[schema.GroupResource]*shelf
	recent   [warm]*Item // the latest items; next is the oldest of them
	next     int
	packers  *packers
	labels   labelSets
}

// shelf is one resource's objects and their latest changes.
type shelf struct {
	items map[place]*Item
	// sorted lists in order what items were when the list was made, and stale names what has changed since. The list is
	// replaced, never changed. Without a list nothing is stale: most of what is written is never listed.
	sorted []*Item
	stale  map[place]bool
	events []Event
	// compacted is the latest revision whose change is no longer in events.
	compacted uint64
	// changed is closed at the next change.
	changed chan struct{}
}

// New returns an empty store.
func New() *Store {
	// A real cluster's first objects do not have resourceVersion 1 either, and 0 means "any" in the API.
	return &Store{revision: 1, shelves: map[schema.GroupResource]*shelf{}, packers: newPackers()}
}

// Revision returns the resourceVersion of the latest write.
func (s *Store) Revision() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.revision
}

// Get returns an object, or ErrNotFound.
func (s *Store) Get(key Key) (*Item, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if sh, ok := s.shelves[key.Resource]; ok {
		if item, ok := sh.items[key.place()]; ok {
			return item, nil
		}
	}
	return nil, ErrNotFound
}

// Create stores obj, which the store owns from then on, or returns ErrExists.
func (s *Store) Create(key Key, obj *unstructured.Unstructured) (*Item, error) {
	return s.write(func() (Event, *shelf, error) {
		sh := s.shelf(key.Resource)
		if _, ok := sh.items[key.place()]; ok {
			return Event{}, nil, ErrExists
		}
		return Event{Type: watch.Added, Item: s.labels.share(newItem(key, obj, s.revision+1))}, sh, nil
	})
}

// Update replaces the object that was read as old by obj, which the store owns from then on. It returns ErrNotFound or
// ErrConflict when old is not what is stored.
func (s *Store) Update(old *Item, obj *unstructured.Unstructured) (*Item, error) {
	return s.write(func() (Event, *shelf, error) {
		sh, err := s.holding(old)
		if err != nil {
			return Event{}, nil, err
		}
		return Event{Type: watch.Modified, Item: s.labels.share(successor(old, obj, s.revision+1)), Old: old}, sh, nil
	})
}

// Delete removes the object that was read as old and returns its last state; the errors are those of Update.
func (s *Store) Delete(old *Item) (*Item, error) {
	return s.write(func() (Event, *shelf, error) {
		sh, err := s.holding(old)
		if err != nil {
			return Event{}, nil, err
		}
		return Event{Type: watch.Deleted, Item: restamp(old.Key, old.Object(), s.revision+1), Old: old}, sh, nil
	})
}

// write records the change that fn makes for the next revision, and lets the item go cold that is not one of the latest
// any more.
func (s *Store) write(fn func() (Event, *shelf, error)) (*Item, error) {
	s.mu.Lock()
	e, sh, err := fn()
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	s.revision++
	e.Revision = s.revision
	sh.record(e)
	leaving := s.recent[s.next]
	s.recent[s.next] = e.Item
	s.next = (s.next + 1) % warm
	s.mu.Unlock()
	if leaving != nil {
		leaving.cool(s.packers)
	}
	return e.Item, nil
}

// holding returns the shelf that old is on.
func (s *Store) holding(old *Item) (*shelf, error) {
	sh := s.shelf(old.Key.Resource)
	switch have, ok := sh.items[old.Key.place()]; {
	case !ok:
		return nil, ErrNotFound
	case have != old:
		return nil, ErrConflict
	}
	return sh, nil
}

// shelf returns a resource's shelf and makes it when there is none. The caller holds the write lock.
func (s *Store) shelf(resource schema.GroupResource) *shelf {
	sh, ok := s.shelves[resource]
	if !ok {
		sh = &shelf{items: map[place]*Item{}, stale: map[place]bool{}, changed: make(chan struct{})}
		s.shelves[resource] = sh
	}
	return sh
}

// record applies a change, keeps it, and wakes who waits for it.
func (sh *shelf) record(e Event) {
	if e.Type == watch.Deleted {
		delete(sh.items, e.Item.Key.place())
	} else {
		sh.items[e.Item.Key.place()] = e.Item
	}
	sh.age(e.Item.Key.place())
	sh.events = append(sh.events, e)
	// Cutting in halves, into new memory: readers may still hold the old slice, and the cost is shared by many writes.
	if len(sh.events) >= 2*history {
		cut := len(sh.events) - history
		sh.compacted = sh.events[cut-1].Revision
		sh.events = append(make([]Event, 0, 2*history), sh.events[cut:]...)
	}
	close(sh.changed)
	sh.changed = make(chan struct{})
}

// age says that the list is not true of a place any more. A list that is hardly true of anything is given up.
func (sh *shelf) age(at place) {
	if sh.sorted == nil {
		return
	}
	sh.stale[at] = true
	if len(sh.stale) > len(sh.sorted) && len(sh.stale) > history {
		sh.sorted, sh.stale = nil, map[place]bool{}
	}
}

// inOrder returns the shelf's items by namespace and name. The caller holds the write lock. To merge what has changed
// into the last list takes a walk through it; to sort everything after each change would take much longer.
func (sh *shelf) inOrder() []*Item {
	switch {
	case sh.sorted == nil:
		sh.sorted = slices.Collect(maps.Values(sh.items))
		sortItems(sh.sorted)
		return sh.sorted
	case len(sh.stale) == 0:
		return sh.sorted
	}
	fresh := make([]*Item, 0, len(sh.stale))
	for at := range sh.stale {
		if item, ok := sh.items[at]; ok {
			fresh = append(fresh, item)
		}
	}
	sortItems(fresh)
	merged := make([]*Item, 0, len(sh.items))
	for _, item := range sh.sorted {
		if sh.stale[item.Key.place()] {
			continue
		}
		for len(fresh) > 0 && fresh[0].Key.less(item.Key) {
			merged, fresh = append(merged, fresh[0]), fresh[1:]
		}
		merged = append(merged, item)
	}
	sh.sorted = append(merged, fresh...)
	sh.stale = map[place]bool{}
	return sh.sorted
}

func sortItems(items []*Item) {
	sort.Slice(items, func(i, j int) bool { return items[i].Key.less(items[j].Key) })
}
