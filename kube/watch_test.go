package kube

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	chart "podsec/assets/kyverno"
	"podsec/kube/sim/apiserver"
	"podsec/kube/sim/ident"
	"podsec/kube/sim/kinds"
)

// watched is a simulated API server and the states that Watch sends of it.
type watched struct {
	t      *testing.T
	config *rest.Config
	client dynamic.Interface
	states <-chan State
	last   State
}

// watchServer starts a server and watches it. wrap, if not nil, stands before the server; before, if not nil, runs
// before the watch begins.
func watchServer(t *testing.T, wrap func(http.Handler) http.Handler, before func(*watched)) *watched {
	t.Helper()
	server, err := apiserver.New(apiserver.Options{Kinds: kinds.All(), IDs: ident.New("test")})
	if err != nil {
		t.Fatal(err)
	}
	handler := http.Handler(server)
	if wrap != nil {
		handler = wrap(handler)
	}
	front := httptest.NewServer(handler)
	t.Cleanup(front.Close)
	w := &watched{t: t, config: &rest.Config{Host: front.URL}}
	if w.client, err = dynamic.NewForConfig(quiet(&rest.Config{Host: front.URL})); err != nil {
		t.Fatal(err)
	}
	if before != nil {
		before(w)
	}
	ctx, stop := context.WithCancel(t.Context())
	w.states = Watch(ctx, w.config)
	t.Cleanup(func() {
		stop()
		for range w.states { // closed once all watches have ended
		}
	})
	return w
}

// until reads states until one is as wanted.
func (w *watched) until(what string, holds func(State) bool) State {
	w.t.Helper()
	deadline := time.After(3 * time.Minute) // a watch that failed is opened again after up to one
	for {
		select {
		case state, open := <-w.states:
			if !open {
				w.t.Fatalf("the states ended before %s", what)
			}
			if w.last = state; holds(state) {
				return state
			}
		case <-deadline:
			w.t.Fatalf("it never came true that %s; the last state is %+v", what, w.last)
		}
	}
}

func (w *watched) create(gvr schema.GroupVersionResource, text string) {
	w.t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		w.t.Fatal(err)
	}
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(data); err != nil {
		w.t.Fatal(err)
	}
	w.store(gvr, u)
}

func (w *watched) store(gvr schema.GroupVersionResource, u *unstructured.Unstructured) {
	w.t.Helper()
	if _, err := w.client.Resource(gvr).Namespace(u.GetNamespace()).Create(w.t.Context(), u, metav1.CreateOptions{}); err != nil {
		w.t.Fatal(err)
	}
}

func TestWatch(t *testing.T) {
	w := watchServer(t, nil, nil)
	first := w.until("a first state comes", func(State) bool { return true })
	if first.Kyverno || first.Err != nil || len(first.Namespaces) > 0 {
		t.Errorf("the state of an empty cluster is %+v", first)
	}
	w.create(namespaces, `{apiVersion: v1, kind: Namespace, metadata: {name: team, labels: {pod-security.kubernetes.io/enforce: baseline, pod-security.kubernetes.io/warn: restricted, pod-security.kubernetes.io/warn-version: v1.30}}}`)
	w.create(namespaces, `{apiVersion: v1, kind: Namespace, metadata: {name: apps}}`)
	state := w.until("both namespaces are there", func(s State) bool { return len(s.Namespaces) == 2 })
	want := []Namespace{
		{Name: "apps", Phase: "Active", PSA: map[string]string{}},
		{Name: "team", Phase: "Active", PSA: map[string]string{"enforce": "baseline", "warn": "restricted:v1.30"}},
	}
	if diff := cmp.Diff(want, state.Namespaces); diff != "" {
		t.Error(diff)
	}
	w.create(pods, `{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: team}, spec: {containers: [{name: c, image: "nginx:1"}]}}`)
	state = w.until("the pod is there", func(s State) bool { return len(s.Workloads) == 1 })
	if got := state.Workloads[0]; got.Kind != "Pod" || got.Status != "Pending" || got.Ready != 0 || got.Desired != 1 || got.Images[0] != "nginx:1" {
		t.Errorf("the pod is %+v", got)
	}
	if err := w.client.Resource(pods).Namespace("team").Delete(t.Context(), "p", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	w.until("the pod is gone", func(s State) bool { return len(s.Workloads) == 0 })
}

// TestWatchEvents: of events those of violations are asked for, and no others.
func TestWatchEvents(t *testing.T) {
	var others atomic.Int32
	w := watchServer(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && r.URL.Path == "/api/v1/events" && r.URL.Query().Get("fieldSelector") != "reason=PolicyViolation" {
				others.Add(1)
			}
			next.ServeHTTP(out, r)
		})
	}, func(w *watched) {
		w.create(namespaces, `{apiVersion: v1, kind: Namespace, metadata: {name: team}}`)
		for _, event := range []string{"Started", "PolicyViolation", "Pulled"} {
			w.create(events, `{apiVersion: v1, kind: Event, metadata: {name: `+strings.ToLower(event)+`, namespace: team}, reason: `+event+`, message: `+event+`, involvedObject: {kind: Pod, namespace: team, name: p}}`)
		}
	})
	w.until("the violation is there", func(s State) bool { return len(s.Events) == 1 && s.Events[0].Message == "PolicyViolation" })
	w.create(events, `{apiVersion: v1, kind: Event, metadata: {name: later, namespace: team}, reason: PolicyViolation, message: again, involvedObject: {kind: Pod, namespace: team, name: p}}`)
	w.until("the next one is there", func(s State) bool { return len(s.Events) == 2 })
	if n := others.Load(); n > 0 {
		t.Errorf("%d requests were about all events", n)
	}
}

// installDefinitions stores the definitions of Kyverno's kinds.
func (w *watched) installDefinitions() {
	w.t.Helper()
	all, err := chart.CRDs()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, definition := range all {
		w.store(definitions, definition)
	}
}

// TestWatchKyverno: Kyverno's kinds are watched from when they are defined, and not after they are gone.
func TestWatchKyverno(t *testing.T) {
	w := watchServer(t, nil, nil)
	w.until("a first state comes", func(State) bool { return true })
	w.installDefinitions()
	w.until("Kyverno is there", func(s State) bool { return s.Kyverno })
	w.create(clusterPolicies, `{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {name: p}, spec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {failureAction: Enforce, message: m, pattern: {metadata: {name: x}}}}]}}`)
	state := w.until("the policy is there", func(s State) bool { return len(s.Policies) == 1 })
	want := []Policy{{Kind: "ClusterPolicy", Name: "p", Actions: []string{"Enforce"}, Types: []string{"validate"}, Rules: 1}}
	if diff := cmp.Diff(want, state.Policies); diff != "" {
		t.Error(diff)
	}
	w.create(clusterReports, `{apiVersion: wgpolicyk8s.io/v1alpha2, kind: ClusterPolicyReport, metadata: {name: u}, scope: {apiVersion: v1, kind: Namespace, name: team}, summary: {pass: 1, fail: 2}, results: [{policy: p, rule: r, result: fail, message: no good, severity: high, properties: {process: background scan}, timestamp: {seconds: 12, nanos: 0}}]}`)
	state = w.until("the report is there", func(s State) bool { return len(s.Reports) == 1 })
	report := Report{Kind: "Namespace", Name: "team", Pass: 1, Fail: 2, Results: []ReportResult{{
		Policy: "p", Rule: "r", Result: "fail", Message: "no good", Severity: "high",
		Properties: map[string]string{"process": "background scan"}, Time: time.Unix(12, 0),
	}}}
	if diff := cmp.Diff(report, state.Reports[0]); diff != "" {
		t.Error(diff)
	}
	if err := w.client.Resource(definitions).Delete(t.Context(), "clusterpolicies.kyverno.io", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	w.until("Kyverno is gone", func(s State) bool { return !s.Kyverno && len(s.Policies) == 0 })
}

// TestWatchWithoutDefinitions: whoever may not see definitions still sees Kyverno's objects.
func TestWatchWithoutDefinitions(t *testing.T) {
	var forbid atomic.Bool
	w := watchServer(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if forbid.Load() && strings.Contains(r.URL.Path, "/customresourcedefinitions") {
				http.Error(rw, "no", http.StatusForbidden)
				return
			}
			next.ServeHTTP(rw, r)
		})
	}, func(w *watched) {
		w.installDefinitions()
		forbid.Store(true)
	})
	state := w.until("Kyverno is there", func(s State) bool { return s.Kyverno })
	if state.Err != nil {
		t.Errorf("the state has the error %v", state.Err)
	}
}

// TestWatchReconnects: while the server is away the state says so; afterwards it is right again.
func TestWatchReconnects(t *testing.T) {
	var away atomic.Bool
	dropped := make(chan struct{})
	w := watchServer(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if away.Load() && r.Header.Get("Test") == "" {
				http.Error(rw, "away", http.StatusServiceUnavailable)
				return
			}
			if r.URL.Query().Get("watch") != "" {
				ctx, stop := context.WithCancel(r.Context())
				defer stop()
				go func() {
					select {
					case <-dropped:
						stop()
					case <-ctx.Done():
					}
				}()
				r = r.WithContext(ctx)
			}
			next.ServeHTTP(rw, r)
		})
	}, nil)
	w.until("a first state comes", func(State) bool { return true })
	away.Store(true)
	close(dropped)
	w.until("the error is told", func(s State) bool { return s.Err != nil })
	away.Store(false)
	w.create(namespaces, `{apiVersion: v1, kind: Namespace, metadata: {name: team}}`)
	w.until("all is well again", func(s State) bool { return s.Err == nil && len(s.Namespaces) == 1 })
}

func TestWatchBadConfig(t *testing.T) {
	states := Watch(t.Context(), &rest.Config{Host: "http://[broken"})
	state, open := <-states
	if !open || state.Err == nil {
		t.Errorf("a config that makes no sense gives %+v", state)
	}
	if _, open := <-states; open {
		t.Error("the states do not end")
	}
}

func TestWatchEnds(t *testing.T) {
	server, err := apiserver.New(apiserver.Options{Kinds: kinds.All()})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(server)
	defer front.Close()
	ctx, stop := context.WithCancel(t.Context())
	states := Watch(ctx, &rest.Config{Host: front.URL})
	<-states
	stop()
	for range states { // must be closed
	}
}
