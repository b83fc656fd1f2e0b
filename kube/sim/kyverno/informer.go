package kyverno

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"podsec/kube/sim/api"
)

// retryDelay is the pause before a watch that failed or was cut off is opened again.
const retryDelay = 20 * time.Millisecond

// source is what an informer needs of the API server.
type source interface {
	Heads(ctx context.Context, gvr schema.GroupVersionResource, namespace string) ([]api.Head, error)
	Watch(ctx context.Context, gvr schema.GroupVersionResource) (<-chan watch.Event, error)
}

var _ source = api.Client(nil)

// change tells that an object came (old nil), changed, or went (now nil).
type change func(old, now *unstructured.Unstructured)

// held is what is kept of an object.
type held interface {
	// object returns the object, as far as it is kept.
	object() *unstructured.Unstructured
	version() string
}

// whole is an object of which everything is kept.
type whole struct{ *unstructured.Unstructured }

func (w whole) object() *unstructured.Unstructured { return w.Unstructured }
func (w whole) version() string                    { return w.GetResourceVersion() }

// objectOf returns what is kept of an object, nil for none.
func objectOf(h held) *unstructured.Unstructured {
	if h == nil {
		return nil
	}
	return h.object()
}

// informer keeps the objects of one resource as the API server last sent them.
type informer struct {
	gvr      schema.GroupVersionResource
	onChange change // called by the informer's one goroutine, in the order of the events
	// keep returns what is kept of an object; nil keeps it all.
	keep func(*unstructured.Unstructured) held

	mu      sync.RWMutex
	objects map[types.NamespacedName]held
	count   map[string]int // of the objects of a namespace
	telling bool           // onChange is at work
}

func newInformer(gvr schema.GroupVersionResource, onChange change) *informer {
	return &informer{gvr: gvr, onChange: onChange, objects: map[types.NamespacedName]held{}, count: map[string]int{}}
}

// run watches until ctx ends, and opens the watch again when it is cut off.
func (i *informer) run(ctx context.Context, from source) {
	for ctx.Err() == nil {
		if events, err := from.Watch(ctx, i.gvr); err == nil {
			i.prune(ctx, from)
			for event := range events {
				i.apply(event)
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(retryDelay):
		}
	}
}

// prune forgets what was deleted while no watch was open.
func (i *informer) prune(ctx context.Context, from source) {
	known := i.names()
	if len(known) == 0 {
		return
	}
	present, err := from.Heads(ctx, i.gvr, "")
	if err != nil {
		return
	}
	keep := make(map[types.NamespacedName]bool, len(present))
	for _, head := range present {
		keep[types.NamespacedName{Namespace: head.Namespace, Name: head.Name}] = true
	}
	for _, name := range known {
		if !keep[name] {
			i.set(name, nil)
		}
	}
}

func (i *informer) apply(event watch.Event) {
	object, ok := event.Object.(*unstructured.Unstructured)
	if !ok {
		return
	}
	switch event.Type {
	case watch.Added, watch.Modified:
		i.set(nameOf(object), object)
	case watch.Deleted:
		i.set(nameOf(object), nil)
	}
}

// set stores or, with now nil, removes an object and tells of the change.
func (i *informer) set(name types.NamespacedName, now *unstructured.Unstructured) {
	next := i.held(now)
	i.mu.Lock()
	old := i.replace(name, next)
	i.telling = i.onChange != nil && !sameVersion(old, next)
	tell := i.telling
	i.mu.Unlock()
	if !tell {
		return
	}
	i.onChange(objectOf(old), objectOf(next))
	i.mu.Lock()
	i.telling = false
	i.mu.Unlock()
}

// replace stores what is kept of an object, nil for nothing, and returns what was kept before. The caller holds the lock.
func (i *informer) replace(name types.NamespacedName, next held) (old held) {
	old = i.objects[name]
	if old != nil {
		if i.count[name.Namespace]--; i.count[name.Namespace] == 0 {
			delete(i.count, name.Namespace)
		}
	}
	if next == nil {
		delete(i.objects, name)
		return old
	}
	i.objects[name] = next
	i.count[name.Namespace]++
	return old
}

// held is what is kept of an object, nil for none.
func (i *informer) held(object *unstructured.Unstructured) held {
	switch {
	case object == nil:
		return nil
	case i.keep == nil:
		return whole{object}
	}
	return i.keep(object)
}

// sameVersion says whether two states of an object, nil for absent, are the same.
func sameVersion(old, now held) bool {
	if old == nil || now == nil {
		return old == now
	}
	return old.version() == now.version()
}

func (i *informer) get(namespace, name string) *unstructured.Unstructured {
	i.mu.RLock()
	defer i.mu.RUnlock()
	return objectOf(i.objects[types.NamespacedName{Namespace: namespace, Name: name}])
}

// names returns the names of the objects in no particular order.
func (i *informer) names() []types.NamespacedName {
	i.mu.RLock()
	defer i.mu.RUnlock()
	return slices.Collect(maps.Keys(i.objects))
}

// all returns the objects in no particular order.
func (i *informer) all() []*unstructured.Unstructured {
	i.mu.RLock()
	defer i.mu.RUnlock()
	list := make([]*unstructured.Unstructured, 0, len(i.objects))
	for _, object := range i.objects {
		list = append(list, object.object())
	}
	return list
}

// current says whether the informer knows, and has told of, exactly what is stored in a namespace ("" is all). A resource
// that is not served any more has nothing to know.
func (i *informer) current(ctx context.Context, from source, namespace string) bool {
	stored, err := from.Heads(ctx, i.gvr, namespace)
	if err != nil {
		return true
	}
	i.mu.RLock()
	defer i.mu.RUnlock()
	known := len(i.objects)
	if namespace != "" {
		known = i.count[namespace]
	}
	if i.telling || len(stored) != known {
		return false
	}
	return !slices.ContainsFunc(stored, func(head api.Head) bool {
		one := i.objects[types.NamespacedName{Namespace: head.Namespace, Name: head.Name}]
		return one == nil || one.version() != strconv.FormatUint(head.Revision, 10)
	})
}

func nameOf(object *unstructured.Unstructured) types.NamespacedName {
	return types.NamespacedName{Namespace: object.GetNamespace(), Name: object.GetName()}
}
