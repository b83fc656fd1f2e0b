package main

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"

	"podsec/assets"
	"podsec/tui"
	"podsec/tui/garbage"
	"podsec/tui/workshop"
)

// crowded opens a lab on a cluster, and fills it.
func crowded(b *testing.B) *desk {
	b.Setenv("PODSEC_DATA_DIR", b.TempDir())
	before := debug.SetGCPercent(100) // the app has its own
	b.Cleanup(func() { debug.SetGCPercent(before) })
	w, err := workshop.New(assets.Labs(), &workshop.Places{}, []string{"02-pod-labels"})
	if err != nil {
		b.Fatal(err)
	}
	ctx, leave := context.WithCancel(context.Background())
	go garbage.Tend(ctx, garbage.App())
	d := &desk{TB: b, messages: make(chan tea.Msg, 256)}
	kubeconfig := ""
	connect := w.Options.Connect
	w.Options.Connect = func(ctx context.Context) (tui.Cluster, error) {
		c, err := connect(ctx)
		kubeconfig = c.Kubeconfig
		return c, err
	}
	d.model = tui.New(ctx, w.Options)
	b.Cleanup(leave)
	d.run(d.model.Init())
	d.send(tea.WindowSizeMsg{Width: 160, Height: 50})
	d.until("● ready")
	for !d.shows("Kyverno") || d.shows("preparing the lab") || d.shows("Kyverno is not installed") {
		d.send(<-d.messages)
	}
	filled := make(chan error, 1)
	go func() { filled <- fill(ctx, kubeconfig) }()
	for done := false; !done; {
		select {
		case err := <-filled:
			if err != nil {
				b.Fatal(err)
			}
			done = true
		case msg := <-d.messages:
			d.send(msg)
		}
	}
	d.press("f5")
	d.until(fmt.Sprintf("%d fail", *large))
	d.press("f2")
	d.settle()
	return d
}

// fill has a policy judge many pods.
func fill(ctx context.Context, kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	policy := crowdObject("kyverno.io/v1", "ClusterPolicy", "", "need-team", map[string]any{"spec": map[string]any{"rules": []any{map[string]any{
		"name": "team", "match": map[string]any{"any": []any{map[string]any{"resources": map[string]any{"kinds": []any{"Pod"}, "namespaces": []any{"team-*"}}}}},
		"validate": map[string]any{"failureAction": "Audit", "message": "a team is required", "pattern": map[string]any{"metadata": map[string]any{"labels": map[string]any{"team": "?*"}}}},
	}}}})
	if _, err := client.Resource(schema.GroupVersionResource{Group: "kyverno.io", Version: "v1", Resource: "clusterpolicies"}).Create(ctx, policy, metav1.CreateOptions{}); err != nil {
		return err
	}
	spaces := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"})
	for n := range 20 {
		if _, err := spaces.Create(ctx, crowdObject("v1", "Namespace", "", fmt.Sprintf("team-%02d", n), nil), metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	pods := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "pods"})
	var wait sync.WaitGroup
	errs := make(chan error, 8)
	for worker := range 8 {
		wait.Go(func() {
			for i := worker; i < *large; i += 8 {
				pod := crowdObject("v1", "Pod", fmt.Sprintf("team-%02d", i%20), fmt.Sprintf("p-%05d", i), map[string]any{
					"spec": map[string]any{"containers": []any{map[string]any{"name": "c", "image": "nginx:1.27"}}},
				})
				if _, err := pods.Namespace(pod.GetNamespace()).Create(ctx, pod, metav1.CreateOptions{}); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wait.Wait()
	close(errs)
	if err := <-errs; err != nil {
		return err
	}
	return running(ctx, pods)
}

// running waits until no pod is pending any more.
func running(ctx context.Context, pods dynamic.ResourceInterface) error {
	for {
		left, err := pods.List(ctx, metav1.ListOptions{FieldSelector: "status.phase=Pending", Limit: 1})
		if err != nil || len(left.Items) == 0 {
			return err
		}
		time.Sleep(10 * time.Second) // to ask costs a look at every pod
	}
}

func crowdObject(version, kind, namespace, name string, more map[string]any) *unstructured.Unstructured {
	o := &unstructured.Unstructured{Object: map[string]any{}}
	for key, value := range more {
		o.Object[key] = value
	}
	o.SetAPIVersion(version)
	o.SetKind(kind)
	o.SetName(name)
	o.SetNamespace(namespace)
	return o
}
