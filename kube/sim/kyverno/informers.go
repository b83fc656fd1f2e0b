package kyverno

import (
	"context"
	"maps"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// informers runs a changing set of informers, one for each resource.
type informers struct {
	from     source
	onChange func(gvr schema.GroupVersionResource, old, now *unstructured.Unstructured)
	keep     func(*unstructured.Unstructured) held // what is kept of an object; nil keeps it all

	mu      sync.Mutex
	running map[schema.GroupVersionResource]*runningInformer
	wait    sync.WaitGroup
}

type runningInformer struct {
	*informer
	cancel context.CancelFunc
	ended  chan struct{} // closed when it tells of nothing any more
}

// stop ends the informer and waits until it tells of nothing any more.
func (r *runningInformer) stop() {
	r.cancel()
	<-r.ended
}

func newInformers(from source, onChange func(gvr schema.GroupVersionResource, old, now *unstructured.Unstructured)) *informers {
	return &informers{from: from, onChange: onChange, running: map[schema.GroupVersionResource]*runningInformer{}}
}

// want makes the set of watched resources exactly this one: it starts what is missing and stops what is not wanted
// any more. The objects of a stopped informer are forgotten without a word. onChange must not wait for want.
func (s *informers) want(ctx context.Context, resources []schema.GroupVersionResource) {
	for _, informer := range s.exchange(ctx, resources) {
		informer.stop() // onChange may ask for objects, so the lock is not held
	}
}

// exchange starts what is missing, and returns what is not wanted any more.
func (s *informers) exchange(ctx context.Context, resources []schema.GroupVersionResource) (unwanted []*runningInformer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keep := make(map[schema.GroupVersionResource]bool, len(resources))
	for _, gvr := range resources {
		keep[gvr] = true
		if s.running[gvr] == nil {
			s.start(ctx, gvr)
		}
	}
	for gvr, informer := range s.running {
		if !keep[gvr] {
			delete(s.running, gvr)
			unwanted = append(unwanted, informer)
		}
	}
	return unwanted
}

func (s *informers) start(ctx context.Context, gvr schema.GroupVersionResource) {
	ctx, cancel := context.WithCancel(ctx)
	informer := newInformer(gvr, func(old, now *unstructured.Unstructured) { s.onChange(gvr, old, now) })
	informer.keep = s.keep
	running := &runningInformer{informer, cancel, make(chan struct{})}
	s.running[gvr] = running
	s.wait.Go(func() {
		defer close(running.ended)
		informer.run(ctx, s.from)
	})
}

// get returns a watched object, nil when it is absent or its resource is not watched.
func (s *informers) get(gvr schema.GroupVersionResource, namespace, name string) *unstructured.Unstructured {
	s.mu.Lock()
	informer := s.running[gvr]
	s.mu.Unlock()
	if informer == nil {
		return nil
	}
	return informer.get(namespace, name)
}

// list returns the watched objects of a resource in no particular order.
func (s *informers) list(gvr schema.GroupVersionResource) []*unstructured.Unstructured {
	s.mu.Lock()
	informer := s.running[gvr]
	s.mu.Unlock()
	if informer == nil {
		return nil
	}
	return informer.all()
}

// current says whether every informer has seen what is stored.
func (s *informers) current(ctx context.Context) bool {
	s.mu.Lock()
	running := slices.Collect(maps.Values(s.running))
	s.mu.Unlock()
	return !slices.ContainsFunc(running, func(i *runningInformer) bool { return !i.current(ctx, s.from, "") })
}
