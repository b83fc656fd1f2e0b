package kube

import (
	"context"
	"maps"
	"slices"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"
)

// The resources behind a State that every cluster has.
var (
	namespaces  = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	pods        = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	events      = schema.GroupVersionResource{Version: "v1", Resource: "events"}
	deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	replicaSets = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "replicasets"}
	statefuls   = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "statefulsets"}
	daemonSets  = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "daemonsets"}
	jobs        = schema.GroupVersionResource{Group: "batch", Version: "v1", Resource: "jobs"}
	cronJobs    = schema.GroupVersionResource{Group: "batch", Version: "v1", Resource: "cronjobs"}
	definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
)

// The resources that come with Kyverno. It writes reports of one of two groups: of wgpolicyk8s.io, or, with
// --openreportsEnabled, of openreports.io, whose definitions come from elsewhere. Their fields are the same.
var (
	clusterPolicies    = schema.GroupVersionResource{Group: "kyverno.io", Version: "v1", Resource: "clusterpolicies"}
	policies           = schema.GroupVersionResource{Group: "kyverno.io", Version: "v1", Resource: "policies"}
	clusterReports     = schema.GroupVersionResource{Group: "wgpolicyk8s.io", Version: "v1alpha2", Resource: "clusterpolicyreports"}
	policyReports      = schema.GroupVersionResource{Group: "wgpolicyk8s.io", Version: "v1alpha2", Resource: "policyreports"}
	openClusterReports = schema.GroupVersionResource{Group: "openreports.io", Version: "v1alpha1", Resource: "clusterreports"}
	openReports        = schema.GroupVersionResource{Group: "openreports.io", Version: "v1alpha1", Resource: "reports"}
)

func alwaysServed() []schema.GroupVersionResource {
	return []schema.GroupVersionResource{namespaces, pods, events, deployments, replicaSets, statefuls, daemonSets, jobs, cronJobs}
}

func servedByKyverno() []schema.GroupVersionResource {
	return append(ReportResources(), clusterPolicies, policies)
}

// ReportResources are the resources behind Reports, those of the newer group first: a Kyverno that is told to write these
// leaves what it wrote before as it was.
func ReportResources() []schema.GroupVersionResource {
	return []schema.GroupVersionResource{openClusterReports, openReports, clusterReports, policyReports}
}

// watcher keeps what a State is made of.
type watcher struct {
	client  dynamic.Interface
	changed chan struct{} // holds one token when something changed
	stopped sync.WaitGroup
	words   words

	mu      sync.Mutex
	watches map[schema.GroupVersionResource]*resourceWatch
	errs    map[schema.GroupVersionResource]error
	// blind says that definitions may not be seen.
	blind bool
	// ended says that no watch is opened any more.
	ended bool
	// dirty are the resources whose objects changed since the last State was made.
	dirty map[schema.GroupVersionResource]bool
	last  State // is only read and written by who makes States
}

// resourceWatch is the watch of one resource.
type resourceWatch struct {
	cache.SharedInformer
	stop context.CancelFunc
}

func newWatcher(client dynamic.Interface) *watcher {
	return &watcher{
		client: client, changed: make(chan struct{}, 1),
		watches: map[schema.GroupVersionResource]*resourceWatch{}, errs: map[schema.GroupVersionResource]error{},
		dirty: map[schema.GroupVersionResource]bool{},
	}
}

// start opens the watches that need no waiting. Those of Kyverno follow its definitions.
func (w *watcher) start(ctx context.Context) {
	for _, gvr := range alwaysServed() {
		w.watch(ctx, gvr)
	}
	w.watch(ctx, definitions)
}

// end waits for the watches, whose context has ended. A list that is given up may get its answer after that: it opens no
// other watch.
func (w *watcher) end() {
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	w.stopped.Wait()
}

// watch opens the watch of a resource unless it is open.
func (w *watcher) watch(ctx context.Context, gvr schema.GroupVersionResource) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended || w.watches[gvr] != nil {
		return
	}
	ctx, stop := context.WithCancel(ctx)
	informer := cache.NewSharedInformer(w.listWatch(ctx, gvr), &unstructured.Unstructured{}, 0)
	// Only an informer that runs refuses these.
	_ = informer.SetTransform(keep(gvr, &w.words))
	_, _ = informer.AddEventHandler(w.handler(ctx, gvr))
	w.watches[gvr] = &resourceWatch{informer, stop}
	w.stopped.Go(func() { informer.RunWithContext(ctx) })
	w.stopped.Go(func() {
		cache.WaitForCacheSync(ctx.Done(), informer.HasSynced)
		w.change()
	})
}

// unwatch closes the watch of a resource that is not served any more.
func (w *watcher) unwatch(gvr schema.GroupVersionResource) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if open := w.watches[gvr]; open != nil {
		open.stop()
		delete(w.watches, gvr)
		delete(w.errs, gvr)
	}
	w.dirty[gvr] = true
	w.change()
}

// listWatch is the API server's list and watch of a resource, with an eye on its errors. life is how long the resource
// is watched; the calls have shorter lives.
func (w *watcher) listWatch(life context.Context, gvr schema.GroupVersionResource) cache.ListerWatcher {
	resource, wanted := w.client.Resource(gvr), ""
	if gvr == events { // most of them are about pods that started
		wanted = fields.OneTermEqualSelector("reason", reasonViolation).String()
	}
	return &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			options.FieldSelector = wanted
			list, err := resource.List(ctx, options)
			w.note(life, gvr, err)
			return list, err
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			options.FieldSelector = wanted
			open, err := resource.Watch(ctx, options)
			w.note(life, gvr, err)
			return open, err
		},
	}
}

// note keeps the error of a watch until the watch works again. A resource that is gone is no error: its definition says
// the same. Whoever may not see definitions is shown Kyverno's kinds as soon as they answer.
func (w *watcher) note(ctx context.Context, gvr schema.GroupVersionResource, err error) {
	if ctx.Err() != nil {
		return
	}
	forbidden := gvr == definitions && apierrors.IsForbidden(err)
	if forbidden {
		for _, kind := range servedByKyverno() {
			w.watch(ctx, kind)
		}
	}
	if forbidden || apierrors.IsNotFound(err) {
		err = nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if gvr == definitions {
		w.blind = forbidden
	}
	before := w.errs[gvr]
	delete(w.errs, gvr)
	if err != nil {
		w.errs[gvr] = err
	}
	if (before == nil) != (err == nil) {
		w.change()
	}
}

func (w *watcher) handler(ctx context.Context, gvr schema.GroupVersionResource) cache.ResourceEventHandler {
	if gvr == definitions {
		return cache.ResourceEventHandlerFuncs{
			AddFunc:    func(object any) { w.definition(ctx, object, true) },
			DeleteFunc: func(object any) { w.definition(ctx, object, false) },
		}
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { w.touch(gvr) },
		UpdateFunc: func(any, any) { w.touch(gvr) },
		DeleteFunc: func(any) { w.touch(gvr) },
	}
}

// definition follows a CustomResourceDefinition that came or went.
func (w *watcher) definition(ctx context.Context, object any, present bool) {
	if gone, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = gone.Obj
	}
	definition, ok := object.(*kept)
	if !ok {
		return
	}
	for _, gvr := range servedByKyverno() {
		switch {
		case gvr.Resource+"."+gvr.Group != definition.name:
		case present:
			w.watch(ctx, gvr)
		default:
			w.unwatch(gvr)
		}
	}
}

// touch says that objects of a resource changed.
func (w *watcher) touch(gvr schema.GroupVersionResource) {
	w.mu.Lock()
	w.dirty[gvr] = true
	w.mu.Unlock()
	w.change()
}

// change asks for a new State.
func (w *watcher) change() {
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

// settled says whether every watch has its first list, or an error to show instead.
func (w *watcher) settled() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for gvr, open := range w.watches {
		excused := w.errs[gvr] != nil || gvr == definitions && w.blind || slices.Contains(servedByKyverno(), gvr)
		if !open.HasSynced() && !excused {
			return false
		}
	}
	return true
}

// err returns the error of a watch that is being retried, the first in the order of the resources' names.
func (w *watcher) err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	failing := slices.SortedFunc(maps.Keys(w.errs), func(a, b schema.GroupVersionResource) int {
		return compareText(a.String(), b.String())
	})
	if len(failing) == 0 {
		return nil
	}
	return w.errs[failing[0]]
}

// serves says whether a resource that comes with Kyverno is there.
func (w *watcher) serves(gvr schema.GroupVersionResource) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	open := w.watches[gvr]
	return open != nil && open.HasSynced()
}
