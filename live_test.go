package main

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"podsec/kube/live"
)

// realCluster is the throwaway cluster that PODSEC_TEST_KUBECONFIG names. No other kubeconfig is looked at.
func realCluster(t *testing.T) *live.Target {
	t.Helper()
	path := os.Getenv("PODSEC_TEST_KUBECONFIG")
	if path == "" {
		t.Skip("PODSEC_TEST_KUBECONFIG names no throwaway cluster")
	}
	t.Setenv("KUBECONFIG", path)
	t.Setenv("PODSEC_DATA_DIR", t.TempDir())
	target, err := live.Find(live.Options{Kubeconfig: path})
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// TestRealCluster runs all labs on a real cluster and removes what they made: the cluster is then as it was before.
func TestRealCluster(t *testing.T) {
	target := realCluster(t)
	before := dump(t, target.Config)
	if status := run(t.Context(), []string{"run", "--all", "--context", target.Context, "--yes"}); status != 0 {
		t.Errorf("podsec run ended with %d", status)
	}
	if status := run(context.WithoutCancel(t.Context()), []string{"clean", "--context", target.Context, "--yes"}); status != 0 {
		t.Errorf("podsec clean ended with %d", status)
	}
	diff := cmp.Diff(before, dump(t, target.Config))
	for end := time.Now().Add(settling); diff != "" && time.Now().Before(end); time.Sleep(time.Second) {
		diff = cmp.Diff(before, dump(t, target.Config))
	}
	if diff != "" {
		t.Errorf("-before +after:\n%s", diff)
	}
}

// settling is how long the cluster's own controllers may take to tidy up: Kyverno removes what it noted of what is gone.
const settling = 3 * time.Minute

// dump is every object of a cluster as JSON, but for what changes by itself: events, leases, versions, and what nodes
// and Kyverno write about themselves.
func dump(t *testing.T, config *rest.Config) map[string]string {
	t.Helper()
	config = rest.CopyConfig(config)
	config.QPS, config.Burst, config.WarningHandler = 100, 200, rest.NoWarnings{}
	lists, err := discovery.NewDiscoveryClientForConfigOrDie(config).ServerPreferredResources()
	if err != nil {
		t.Fatal(err)
	}
	client, objects := dynamic.NewForConfigOrDie(config), map[string]string{}
	for _, list := range lists {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list.APIResources {
			if r.Name == "events" || r.Name == "leases" || !slices.Contains(r.Verbs, "list") {
				continue
			}
			found, err := client.Resource(gv.WithResource(r.Name)).List(t.Context(), metav1.ListOptions{})
			if err != nil {
				t.Fatalf("list %s: %v", r.Name, err)
			}
			for i := range found.Items {
				o := &found.Items[i]
				objects[r.Name+"."+gv.Group+" "+o.GetNamespace()+"/"+o.GetName()] = settled(t, o)
			}
		}
	}
	return objects
}

// settled is an object without what changes by itself.
func settled(t *testing.T, o *unstructured.Unstructured) string {
	t.Helper()
	o.SetResourceVersion("")
	o.SetManagedFields(nil)
	if strings.HasPrefix(o.GetName(), "kyverno-resource-") { // Kyverno counts how often it wrote its webhooks
		o.SetGeneration(0)
	}
	if o.GetKind() == "Node" {
		unstructured.RemoveNestedField(o.Object, "status", "conditions") // with the time of the last heartbeat
	}
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
