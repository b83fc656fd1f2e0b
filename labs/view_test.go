package labs

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	clienttesting "k8s.io/client-go/testing"
)

const runningCheck = "- ready: {kind: Pod, namespace: default, name: nginx}"

// TestWatchEnds: when a watch ends, by being closed or by an error, a check asks again and sees what it missed.
func TestWatchEnds(t *testing.T) {
	ends := map[string]func(w *watch.FakeWatcher){
		"closed": func(w *watch.FakeWatcher) { w.Stop() },
		"error":  func(w *watch.FakeWatcher) { w.Error(&metav1.Status{Reason: metav1.StatusReasonExpired}) },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				view, client := fakeView(object(t, pendingPod))
				pods := schema.GroupVersionResource{Version: "v1", Resource: "pods"}
				watches := 0
				client.PrependWatchReactor("pods", func(clienttesting.Action) (bool, watch.Interface, error) {
					watches++
					w := watch.NewFakeWithChanSize(1, false)
					running := object(t, strings.Replace(pendingPod, "Pending", "Running", 1))
					if err := client.Tracker().Update(pods, running, "default"); err != nil {
						return true, nil, err
					}
					end(w)
					return true, w, nil
				})
				got := judge(t.Context(), decodeChecks(t, []byte(runningCheck))[0], Evidence{View: view})
				if !got.OK || watches != 1 {
					t.Errorf("%+v after %d watches", got, watches)
				}
			})
		})
	}
}

// TestWatchRefused: an error of the watch does not hide what is missing.
func TestWatchRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		view, client := fakeView(object(t, pendingPod))
		client.PrependWatchReactor("pods", func(clienttesting.Action) (bool, watch.Interface, error) {
			return true, nil, errors.New("too many watches")
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		got := judge(ctx, decodeChecks(t, []byte(runningCheck))[0], Evidence{View: view})
		if want := "the pod nginx in default is Pending"; got.Missing != want {
			t.Errorf("missing %q, want %q", got.Missing, want)
		}
	})
}

// countingMapper counts resets.
type countingMapper struct {
	meta.ResettableRESTMapper
	resets int
}

// Reset counts.
func (m *countingMapper) Reset() { m.resets++ }

// TestKindGone: when the objects of a known kind are answered with not found, the kinds are asked for anew.
func TestKindGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		view, client := fakeView()
		mapper := &countingMapper{ResettableRESTMapper: view.mapper}
		view.mapper = mapper
		calls := 0
		client.PrependReactor("list", "clusterpolicies", func(clienttesting.Action) (bool, runtime.Object, error) {
			calls++
			gone := apierrors.NewNotFound(schema.GroupResource{Group: "kyverno.io", Resource: "clusterpolicies"}, "")
			return calls == 1, nil, gone
		})
		got := judge(t.Context(), decodeChecks(t, []byte("- policy: {name: p, absent: true}"))[0], Evidence{View: view})
		if !got.OK || mapper.resets != 1 || calls != 2 {
			t.Errorf("%+v after %d resets and %d lists", got, mapper.resets, calls)
		}
	})
}

// TestServesLate: discovery may learn of a kind without any event of its definition.
func TestServesLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		view, _ := fakeView()
		view.mapper = &lateMapper{ResettableRESTMapper: view.mapper, all: view.mapper, from: 5}
		start := time.Now()
		got := judge(t.Context(), decodeChecks(t, []byte("- served: {group: kyverno.io, kind: ClusterPolicy}"))[0], Evidence{View: view})
		if waited := time.Since(start); !got.OK || waited != 3*judgeAgain {
			t.Errorf("%+v after %v", got, waited)
		}
	})
}

// brokenMapper cannot reach the cluster.
type brokenMapper struct{ meta.ResettableRESTMapper }

// RESTMapping fails.
func (brokenMapper) RESTMapping(schema.GroupKind, ...string) (*meta.RESTMapping, error) {
	return nil, errors.New("connection refused")
}

// Reset does nothing.
func (brokenMapper) Reset() {}

// TestClusterUnreachable: a cluster that cannot be asked fulfils nothing, not even that something is absent.
func TestClusterUnreachable(t *testing.T) {
	for _, check := range []string{
		"- object: {kind: Pod, namespace: default, name: x, absent: true}",
		"- policy: {name: p, absent: true}",
		"- served: {group: kyverno.io, kind: ClusterPolicy, is: false}",
		"- report: {namespace: default, kind: Pod, name: x, policy: p, result: absent}",
	} {
		synctest.Test(t, func(t *testing.T) {
			view, _ := fakeView()
			view.mapper = brokenMapper{}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			got := judge(ctx, decodeChecks(t, []byte(check))[0], Evidence{View: view})
			if got.OK || !strings.Contains(got.Missing, "connection refused") {
				t.Errorf("%s: %+v", check, got)
			}
		})
	}
}

// TestTake takes in all events that wait, in their order.
func TestTake(t *testing.T) {
	other := object(t, strings.Replace(pendingPod, "nginx", "other", 1))
	more := make(chan watch.Event, 4)
	more <- watch.Event{Type: watch.Added, Object: other}
	more <- watch.Event{Type: watch.Modified, Object: object(t, strings.Replace(pendingPod, "Pending", "Running", 1))}
	more <- watch.Event{Type: watch.Deleted, Object: other}
	c := newCollection(query{}, nil)
	if !c.take(watch.Event{Type: watch.Added, Object: object(t, pendingPod)}, more) {
		t.Error("the watch is said to be over")
	}
	if got := c.objects(); len(got) != 1 || got[0].GetName() != "nginx" || len(more) != 0 {
		t.Errorf("%d objects, %d events left", len(got), len(more))
	}
	close(more)
	if c.take(watch.Event{Type: watch.Added, Object: other}, more) || len(c.objects()) != 2 {
		t.Error("the end of the watch went unnoticed, or its last event got lost")
	}
}
