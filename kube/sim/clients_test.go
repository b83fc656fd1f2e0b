package sim

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/util/workqueue"
)

// within fails the test unless a condition becomes true.
func within(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("in vain: " + what)
		}
	}
}

// TestInformersOfEveryKind runs a shared informer for each resource that discovery lists, of Kyverno's kinds too.
func TestInformersOfEveryKind(t *testing.T) {
	cluster := startCluster(t, Options{Start: Baseline{Kyverno: true}})
	config := cluster.Config()
	config.WarningHandler = rest.NoWarnings{}
	lists, err := discovery.NewDiscoveryClientForConfigOrDie(config).ServerPreferredResources()
	if err != nil {
		t.Fatal(err)
	}
	watched := discovery.FilteredBy(discovery.SupportsAllVerbs{Verbs: []string{"list", "watch"}}, lists)
	resources, err := discovery.GroupVersionResources(watched)
	if err != nil || len(resources) < 50 {
		t.Fatalf("%d resources, %v", len(resources), err)
	}
	client := dynamic.NewForConfigOrDie(config)
	factory := dynamicinformer.NewDynamicSharedInformerFactory(client, 0)
	for gvr := range resources {
		factory.ForResource(gvr).Informer()
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer factory.Shutdown()
	defer cancel()
	factory.Start(ctx.Done())
	for gvr, synced := range factory.WaitForCacheSync(ctx.Done()) {
		if !synced {
			t.Errorf("informer of %v is not in sync", gvr)
		}
	}
	settle(t, cluster)
	for gvr := range resources {
		within(t, "the informer of "+gvr.String()+" has what a list has", func() bool {
			list, err := client.Resource(gvr).List(ctx, metav1.ListOptions{})
			if err != nil {
				t.Fatal(err)
			}
			return len(list.Items) == len(factory.ForResource(gvr).Informer().GetStore().List())
		})
	}
}

// TestReconcileLoop counts in ConfigMaps as a controller does: from a typed informer through a queue, several workers,
// each write guarded by the resourceVersion that was read.
func TestReconcileLoop(t *testing.T) {
	const objects, writers, rounds = 5, 4, 20
	cluster := startCluster(t, Options{})
	client := kubernetes.NewForConfigOrDie(cluster.Config())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace("default"))
	maps := factory.Core().V1().ConfigMaps()
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[string]())
	defer queue.ShutDown()
	add := func(obj any) {
		if key, err := cache.MetaNamespaceKeyFunc(obj); err == nil {
			queue.Add(key)
		}
	}
	_, err := maps.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{AddFunc: add, UpdateFunc: func(_, now any) { add(now) }})
	if err != nil {
		t.Fatal(err)
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	for i := range objects {
		cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("count-%d", i), Labels: map[string]string{"count": "yes"}}}
		if _, err := client.CoreV1().ConfigMaps("default").Create(ctx, cm, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for range writers {
		go work(ctx, client, queue, func(key string) (*corev1.ConfigMap, error) {
			namespace, name, _ := cache.SplitMetaNamespaceKey(key)
			return maps.Lister().ConfigMaps(namespace).Get(name)
		}, rounds)
	}
	within(t, "all have counted to the end", func() bool {
		list, err := maps.Lister().List(labels.SelectorFromSet(labels.Set{"count": "yes"}))
		if err != nil {
			t.Fatal(err)
		}
		for _, cm := range list {
			if cm.Data["n"] != strconv.Itoa(rounds) {
				return false
			}
		}
		return len(list) == objects
	})
}

// work raises the count of each object of the queue until it is at the end. A conflict is the expected answer to a write
// that is based on a stale cache.
func work(ctx context.Context, client kubernetes.Interface, queue workqueue.TypedRateLimitingInterface[string], get func(string) (*corev1.ConfigMap, error), end int) {
	for {
		key, stop := queue.Get()
		if stop {
			return
		}
		if cm, err := get(key); err == nil && cm.Labels["count"] == "yes" {
			next := cm.DeepCopy()
			n, _ := strconv.Atoi(next.Data["n"]) // absent is 0
			if n < end {
				next.Data = map[string]string{"n": strconv.Itoa(n + 1)}
				if _, err := client.CoreV1().ConfigMaps(cm.Namespace).Update(ctx, next, metav1.UpdateOptions{}); apierrors.IsConflict(err) {
					queue.AddRateLimited(key)
				}
			}
		}
		queue.Done(key)
	}
}

// TestLeaderElection has two candidates: one leads, and when it steps down the other one does.
func TestLeaderElection(t *testing.T) {
	cluster := startCluster(t, Options{})
	client := kubernetes.NewForConfigOrDie(cluster.Config())
	var leader atomic.Pointer[context.Context] // of who led last; it ends before somebody else may lead
	led := make(chan string, 2)
	candidate := func(name string) context.CancelFunc {
		ctx, cancel := context.WithCancel(context.Background())
		elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
			Lock: &resourcelock.LeaseLock{
				LeaseMeta: metav1.ObjectMeta{Namespace: "default", Name: "leader"}, Client: client.CoordinationV1(),
				LockConfig: resourcelock.ResourceLockConfig{Identity: name},
			},
			LeaseDuration: 3 * time.Minute, RenewDeadline: 2 * time.Minute, RetryPeriod: 20 * time.Millisecond, ReleaseOnCancel: true,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(ctx context.Context) {
					if former := leader.Swap(&ctx); former != nil && (*former).Err() == nil {
						t.Error("two lead at once")
					}
					led <- name
				},
				OnStoppedLeading: func() {},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		go elector.Run(ctx)
		return cancel
	}
	stop := map[string]context.CancelFunc{"a": candidate("a"), "b": candidate("b")}
	first := <-led
	stop[first]()
	second := <-led
	stop[second]()
	if first == second {
		t.Errorf("%s led twice", first)
	}
	lease, err := client.CoordinationV1().Leases("default").Get(context.Background(), "leader", metav1.GetOptions{})
	if err != nil || lease.Spec.LeaseTransitions == nil || *lease.Spec.LeaseTransitions == 0 {
		t.Errorf("lease %v, %v: want a transition", lease, err)
	}
}

// TestWatchSurvivesCompaction writes more than the history holds: whoever asks for what was before is sent to list
// again, and an informer whose handler is slow does so by itself and ends with the truth.
func TestWatchSurvivesCompaction(t *testing.T) {
	const writes = 2300 // more than two histories
	cluster := startCluster(t, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	maps := schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	client := dynamic.NewForConfigOrDie(cluster.Config())
	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(client, 0, "default", nil)
	informer := factory.ForResource(maps).Informer()
	slow := cache.ResourceEventHandlerFuncs{UpdateFunc: func(_, _ any) { time.Sleep(time.Millisecond) }}
	if _, err := informer.AddEventHandler(slow); err != nil {
		t.Fatal(err)
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	before, err := client.Resource(maps).Namespace("default").List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	inside := cluster.server.Client()
	obj := benchPod("busy")
	obj.SetKind("ConfigMap")
	delete(obj.Object, "spec")
	if _, err := inside.Create(ctx, maps, obj, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	for i := range writes {
		obj.SetAnnotations(map[string]string{"n": strconv.Itoa(i)})
		obj.SetResourceVersion("")
		if _, err := inside.Update(ctx, maps, obj, ""); err != nil {
			t.Fatal(err)
		}
	}
	w, err := client.Resource(maps).Watch(ctx, metav1.ListOptions{ResourceVersion: before.GetResourceVersion()})
	if err == nil {
		event := <-w.ResultChan()
		err = apierrors.FromObject(event.Object)
		w.Stop()
	}
	if !apierrors.IsResourceExpired(err) && !apierrors.IsGone(err) {
		t.Errorf("watch from before: %v, want 410 Expired", err)
	}
	within(t, "the informer has the last state", func() bool {
		item, ok, err := informer.GetStore().GetByKey("default/busy")
		if err != nil || !ok {
			return false
		}
		return item.(metav1.Object).GetAnnotations()["n"] == strconv.Itoa(writes-1)
	})
}
