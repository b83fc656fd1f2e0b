package main

import (
	"context"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"podsec/assets"
	"podsec/kube"
	"podsec/kube/inspect"
)

// workloads is how many workloads TestPredictions makes.
const workloads = 300

// TestPredictions: of 300 mixed workloads, Kyverno's reports say what our engine predicts, by the policies of the labs and
// those of the folder that PODSEC_TEST_POLICIES names.
func TestPredictions(t *testing.T) {
	target := realCluster(t)
	config := rest.CopyConfig(target.Config)
	config.QPS, config.Burst, config.WarningHandler = 100, 200, rest.NoWarnings{}
	applier, err := kube.NewApplier(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeMixed(t, config) })
	if err := applier.Apply(t.Context(), mixed(workloads)...); err != nil {
		t.Fatal(err)
	}
	policies := judging(t)
	for _, p := range policies {
		err := applier.Apply(t.Context(), p)
		for try := 0; apierrors.IsInternalError(err) && try < 10; try++ { // Kyverno did not answer in time
			err = applier.Apply(t.Context(), p)
		}
		if err != nil {
			t.Fatalf("%s: %v", p.GetName(), err)
		}
	}
	found := settledAgreement(t, config)
	t.Logf("%d policies, %d workloads: %d objects, %d results predicted, %d reported, %d differ",
		len(policies), workloads, found.Objects, found.Predicted, found.Reported, len(found.Differ))
	if found.Objects <= workloads {
		t.Errorf("only %d objects were judged", found.Objects)
	}
	for _, d := range found.Differ {
		t.Error(d)
	}
}

// settledAgreement waits until Kyverno has reported all that is predicted, or says nothing new any more.
func settledAgreement(t *testing.T, config *rest.Config) inspect.Agreement {
	t.Helper()
	cluster, err := inspect.New(config)
	if err != nil {
		t.Fatal(err)
	}
	var last inspect.Agreement
	same := 0
	for deadline := time.Now().Add(15 * time.Minute); time.Now().Before(deadline) && same < 6; time.Sleep(15 * time.Second) {
		now, err := cluster.Compare(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(now.Differ) == 0 && now.Objects > workloads {
			return now
		}
		if same++; now.Reported != last.Reported || len(now.Differ) != len(last.Differ) {
			same = 0
		}
		last = now
	}
	return last
}

// judging are the policies with rules that reports say something of, each name once, without what they would change.
func judging(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	var out []*unstructured.Unstructured
	take := func(text []byte) {
		objects, err := kube.Decode(text)
		if err != nil {
			return // not every file is for the cluster
		}
		for _, o := range objects {
			known := slices.ContainsFunc(out, func(p *unstructured.Unstructured) bool { return p.GetName() == o.GetName() })
			if o.GetKind() == "ClusterPolicy" && !known && validates(o) {
				out = append(out, o)
			}
		}
	}
	labs, err := fs.Glob(assets.Labs(), "*/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range labs {
		if path.Dir(name) == "07-signed-images" {
			continue // its account is needed
		}
		text, err := fs.ReadFile(assets.Labs(), name)
		if err != nil {
			t.Fatal(err)
		}
		take(text)
	}
	more, err := filepath.Glob(filepath.Join(os.Getenv("PODSEC_TEST_POLICIES"), "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range more {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		take(text)
	}
	return out
}

// validates reports whether all rules of a policy validate.
func validates(policy *unstructured.Unstructured) bool {
	rules, _, _ := unstructured.NestedSlice(policy.Object, "spec", "rules")
	return len(rules) > 0 && !slices.ContainsFunc(rules, func(raw any) bool {
		rule, ok := raw.(map[string]any)
		return !ok || rule["validate"] == nil
	})
}

// mixedLabel marks what TestPredictions makes.
const mixedLabel = "podsec.dev/mixed"

func removeMixed(t *testing.T, config *rest.Config) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // which ends before what cleans up
	policies := dynamic.NewForConfigOrDie(config).Resource(schema.GroupVersionResource{Group: "kyverno.io", Version: "v1", Resource: "clusterpolicies"})
	for _, p := range judging(t) {
		_ = policies.Delete(ctx, p.GetName(), metav1.DeleteOptions{}) // it may not have come so far
	}
	spaces := kubernetes.NewForConfigOrDie(config).CoreV1().Namespaces()
	list, err := spaces.List(ctx, metav1.ListOptions{LabelSelector: mixedLabel})
	if err != nil {
		t.Error(err)
		return
	}
	for _, s := range list.Items {
		if err := spaces.Delete(ctx, s.Name, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	}
}
