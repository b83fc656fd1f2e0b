package controller

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"podsec/kube/sim/api"
)

// resource names a served resource.
type resource = schema.GroupVersionResource

// change is one object that was added, modified or deleted.
type change struct {
	kind  watch.EventType
	gvr   resource
	obj   *unstructured.Unstructured
	watch int // the number of the watch that told of it, 0 for the worker's own
}

// watched is a resource that is watched.
type watched struct {
	gvr        resource
	kind       schema.GroupVersionKind
	namespaced bool
	number     int // of the watch, from 1
	stop       context.CancelFunc
}

// watcher gathers the changes of all resources for the worker. Its goroutines only append to a list; everything else
// belongs to the worker.
type watcher struct {
	client api.Client
	wake   chan struct{} // holds a token while there are changes to take
	root   context.Context

	mu      sync.Mutex
	pending []change
	shedAt  int // how many changes may be pending until those are dropped that are known

	resources map[resource]watched
	watches   int                    // how many were begun
	objects   map[types.UID]*entry   // what is known, by UID
	children  map[types.UID][]*entry // by the UID of an owner, in no order
	spaces    map[string]int         // how many objects are known in a namespace
	gone      map[types.UID]resource // known to be deleted before the watch said so
}

func newWatcher(client api.Client, kinds []*api.Kind) *watcher {
	w := &watcher{
		client: client, wake: make(chan struct{}, 1), resources: map[resource]watched{}, shedAt: crowd,
		objects: map[types.UID]*entry{}, children: map[types.UID][]*entry{}, spaces: map[string]int{}, gone: map[types.UID]resource{},
	}
	seen := map[schema.GroupResource]bool{}
	for _, k := range kinds {
		if k.Plural == "events" { // nothing depends on them, and there are many
			continue
		}
		if seen[k.GVR().GroupResource()] { // the same objects in an older version
			continue
		}
		seen[k.GVR().GroupResource()] = true
		w.resources[k.GVR()] = watched{gvr: k.GVR(), kind: k.GVK, namespaced: k.Namespaced}
	}
	return w
}

// start begins to watch every built-in resource.
func (w *watcher) start(ctx context.Context) error {
	w.root = ctx
	for _, gvr := range w.sorted() {
		if err := w.watch(ctx, w.resources[gvr]); err != nil {
			return err
		}
	}
	return nil
}

// sorted lists the watched resources by name.
func (w *watcher) sorted() []resource {
	out := make([]resource, 0, len(w.resources))
	for gvr := range w.resources {
		out = append(out, gvr)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].String() < out[j].String() })
	return out
}

func (w *watcher) watch(ctx context.Context, r watched) error {
	ctx, r.stop = context.WithCancel(ctx)
	events, err := w.client.Watch(ctx, r.gvr)
	if err != nil {
		r.stop()
		return fmt.Errorf("watch %s: %w", r.gvr.Resource, err)
	}
	w.watches++
	r.number = w.watches
	w.resources[r.gvr] = r
	go func() {
		for e := range events {
			if obj, ok := e.Object.(*unstructured.Unstructured); ok {
				w.push(change{kind: e.Type, gvr: r.gvr, obj: obj, watch: r.number})
			}
		}
	}()
	return nil
}

func (w *watcher) push(ch change) {
	w.mu.Lock()
	w.pending = append(w.pending, ch)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// take returns what happened since the last call.
func (w *watcher) take() []change {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.pending
	w.pending, w.shedAt = nil, crowd
	return out
}

// shed drops from what is pending what the worker knows: its own writes, of which one step may make thousands, and each
// holds a whole object.
func (w *watcher) shed() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.pending) < w.shedAt {
		return
	}
	w.pending = slices.DeleteFunc(w.pending, func(ch change) bool { return ch.kind != watch.Deleted && !w.news(ch) })
	w.shedAt = 2*len(w.pending) + crowd
}

// know records a change that a watch delivered, and says whether it was news: the worker's own writes come here
// a second time, and a watch that was ended may have told something that was not taken yet.
func (w *watcher) know(ch change) bool {
	if ch.watch != w.resources[ch.gvr].number {
		return false
	}
	uid := ch.obj.GetUID()
	if _, gone := w.gone[uid]; gone && ch.kind == watch.Deleted {
		delete(w.gone, uid)
		return false
	}
	return w.record(ch)
}

// learn records a change that the watch will deliver later, and says whether it was news.
func (w *watcher) learn(ch change) bool {
	news := w.record(ch)
	if news && ch.kind == watch.Deleted {
		w.gone[ch.obj.GetUID()] = ch.gvr
	}
	return news
}

// version reads a resourceVersion; the API server counts upwards.
func version(text string) uint64 {
	n, _ := strconv.ParseUint(text, 10, 64) // 0 is older than any
	return n
}

// compare lists everything and returns what the watches have not delivered yet.
func (w *watcher) compare(ctx context.Context) []change {
	var out []change
	present := map[types.UID]bool{}
	listed := map[resource]bool{}
	for _, gvr := range w.sorted() {
		heads, err := w.client.Heads(ctx, gvr, "")
		if err != nil {
			continue // not served at the moment: its watch has ended too
		}
		listed[gvr] = true
		for _, head := range heads {
			present[head.UID] = true
			if old, known := w.objects[head.UID]; known && old.version >= head.Revision {
				continue
			}
			if obj, err := w.client.Get(ctx, gvr, head.Namespace, head.Name); err == nil {
				out = append(out, change{kind: watch.Modified, gvr: gvr, obj: obj})
			}
		}
	}
	for uid, e := range w.objects {
		if !present[uid] && listed[e.gvr] {
			out = append(out, e.deleted())
		}
	}
	return out
}

// owner returns the resource behind an owner reference.
func (w *watcher) owner(ref metav1.OwnerReference) (watched, bool) {
	gvk := schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind)
	for _, r := range w.resources {
		if r.kind == gvk {
			return r, true
		}
	}
	return watched{}, false
}
