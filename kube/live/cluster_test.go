package live

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/retry"

	"podsec/kube"
	"podsec/kube/sim"
)

// someCluster is a cluster of somebody, with an application of theirs.
func someCluster(t *testing.T, base sim.Baseline) *rest.Config {
	t.Helper()
	c, err := sim.Start(t.Context(), sim.Options{Start: base})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	applyTo(t, c.Config(), `
apiVersion: v1
kind: Namespace
metadata: {name: theirs}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: theirs}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: shared, namespace: default}`)
	settled(t, c.Config())
	return c.Config()
}

// settled waits for what every new namespace gets.
func settled(t *testing.T, config *rest.Config) {
	t.Helper()
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool {
		_, noAccount := client.CoreV1().ServiceAccounts("theirs").Get(t.Context(), "default", metav1.GetOptions{})
		_, noCertificate := client.CoreV1().ConfigMaps("theirs").Get(t.Context(), "kube-root-ca.crt", metav1.GetOptions{})
		return noAccount == nil && noCertificate == nil
	})
}

func applyTo(t *testing.T, config *rest.Config, manifest string) {
	t.Helper()
	objects, err := kube.Decode([]byte(manifest))
	if err != nil {
		t.Fatal(err)
	}
	applier, err := kube.NewApplier(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := applier.Apply(t.Context(), objects...); err != nil {
		t.Fatal(err)
	}
}

// opened is the workshop on that cluster.
func opened(t *testing.T, config *rest.Config, o GateOptions) *Cluster {
	t.Helper()
	c, err := Open(t.Context(), &Target{Context: "theirs", Config: config}, OpenOptions{Gate: o, Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func clientOf(t *testing.T, config *rest.Config) kubernetes.Interface {
	t.Helper()
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestGateMarksAndWritesDown(t *testing.T) {
	c := opened(t, someCluster(t, sim.Baseline{}), GateOptions{})
	maps := clientOf(t, c.Config()).CoreV1().ConfigMaps("default")
	made, err := maps.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{GenerateName: "x-"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{Label: Mark}, made.Labels); diff != "" {
		t.Error(diff)
	}
	applyTo(t, c.Config(), "apiVersion: v1\nkind: Namespace\nmetadata: {name: mine}")
	var got []string
	for _, e := range c.ledger.Entries() {
		got = append(got, e.Resource+"/"+strings.TrimPrefix(e.Name, "x-")+"/"+string(e.UID))
	}
	want := []string{
		"configmaps//", "configmaps/" + strings.TrimPrefix(made.Name, "x-") + "/" + string(made.UID), "namespaces/mine/",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestGateRefusesWhatIsForeign tries every way to change what is not the workshop's.
func TestGateRefusesWhatIsForeign(t *testing.T) {
	c := opened(t, someCluster(t, sim.Baseline{}), GateOptions{})
	client := clientOf(t, c.Config()).CoreV1()
	theirs, ctx := client.ConfigMaps("theirs"), t.Context()
	settings, err := theirs.Get(ctx, "settings", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]func() error{
		"update": func() error { _, err := theirs.Update(ctx, settings, metav1.UpdateOptions{}); return err },
		"patch": func() error {
			_, err := theirs.Patch(ctx, "settings", types.MergePatchType, []byte(`{"data":{"a":"b"}}`), metav1.PatchOptions{})
			return err
		},
		"apply": func() error {
			_, err := theirs.Patch(ctx, "settings", types.ApplyYAMLPatchType, []byte(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings"}}`),
				metav1.PatchOptions{FieldManager: "x"})
			return err
		},
		"delete":       func() error { return theirs.Delete(ctx, "settings", metav1.DeleteOptions{}) },
		"delete all":   func() error { return theirs.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{}) },
		"namespace":    func() error { return client.Namespaces().Delete(ctx, "theirs", metav1.DeleteOptions{}) },
		"same default": func() error { return client.ConfigMaps("default").Delete(ctx, "shared", metav1.DeleteOptions{}) },
	} {
		if err := try(); !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "what the workshop did not make") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := theirs.Patch(ctx, "settings", types.MergePatchType, []byte(`{"data":{"a":"b"}}`), metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}}); err != nil {
		t.Errorf("a dry run changes nothing, but: %v", err)
	}
	if err := theirs.Delete(ctx, "nobody", metav1.DeleteOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("deletion of what is not there: %v", err)
	}
}

// TestGateLetsOwnThingsChange: what the workshop made, what its controllers made of that, and all in its namespaces.
func TestGateLetsOwnThingsChange(t *testing.T) {
	c := opened(t, someCluster(t, sim.Baseline{}), GateOptions{})
	applyTo(t, c.Config(), `
apiVersion: v1
kind: Namespace
metadata: {name: mine}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: default}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1.27"}]}`)
	client, ctx := clientOf(t, c.Config()), t.Context()
	var pod string
	eventually(t, func() bool {
		pods, err := client.CoreV1().Pods("default").List(ctx, metav1.ListOptions{LabelSelector: "app=web"})
		if err != nil || len(pods.Items) == 0 {
			return false
		}
		pod = pods.Items[0].Name
		return true
	})
	if err := client.CoreV1().Pods("default").Delete(ctx, pod, metav1.DeleteOptions{}); err != nil {
		t.Errorf("pod of a Deployment of ours: %v", err)
	}
	var labels map[string]string
	err := retry.RetryOnConflict(wait.Backoff{Steps: 500, Duration: 20 * time.Millisecond}, func() error { // its status is written meanwhile
		web, err := client.AppsV1().Deployments("default").Get(ctx, "web", metav1.GetOptions{})
		if err != nil {
			return err
		}
		web.Labels = nil
		updated, err := client.AppsV1().Deployments("default").Update(ctx, web, metav1.UpdateOptions{})
		if err == nil {
			labels = updated.Labels
		}
		return err
	})
	if err != nil || !marked(labels) {
		t.Errorf("an update takes the label away: %v, %v", labels, err)
	}
	if err := client.CoreV1().ConfigMaps("mine").DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{}); err != nil {
		t.Errorf("collection in a namespace of ours: %v", err)
	}
}

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not become so")
		}
	}
}

// TestCleanLeavesTheirs removes everything that was made, and nothing else: with the ledger and, from another machine,
// without it.
func TestCleanLeavesTheirs(t *testing.T) {
	for _, withLedger := range []bool{true, false} {
		if withLedger && testing.Short() {
			continue
		}
		config := someCluster(t, sim.Baseline{})
		before := everything(t, config)
		c := opened(t, config, GateOptions{})
		if err := c.Prepare(t.Context(), Baseline{Kyverno: true, Workloads: true}); err != nil {
			t.Fatal(err)
		}
		applyTo(t, c.Config(), policyFor("Pod"))
		cleaner := c.Cleaner()
		if !withLedger {
			var err error
			if cleaner, err = NewCleaner(config, nil); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		if err := cleaner.Clean(ctx, nil); err != nil {
			t.Fatal(err)
		}
		diff := ""
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
			if diff = cmp.Diff(before, everything(t, config)); diff == "" {
				break
			}
		}
		if diff != "" {
			t.Errorf("with ledger %v: %s", withLedger, diff)
		}
	}
}

// everything names all objects of a cluster but for events and leases.
func everything(t *testing.T, config *rest.Config) []string {
	t.Helper()
	cleaner, err := NewCleaner(config, nil)
	if err != nil {
		t.Fatal(err)
	}
	all, err := cleaner.resources()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range all {
		if r.Resource == "events" || r.Resource == "leases" {
			continue
		}
		list, err := cleaner.objects.Resource(r.GroupVersionResource).List(t.Context(), metav1.ListOptions{})
		if err != nil {
			continue // its definition is going
		}
		for _, object := range list.Items {
			names = append(names, r.Resource+" "+object.Namespace+"/"+object.Name)
		}
	}
	slices.Sort(names)
	return names
}

func policyFor(kind string) string {
	return `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: need-team}
spec:
  rules:
  - name: team
    match: {any: [{resources: {kinds: [` + kind + `]}}]}
    validate:
      failureAction: Enforce
      message: say the team
      pattern: {metadata: {labels: {team: "?*"}}}`
}

// TestPoliciesAreConfined: a policy for all pods refuses those of the workshop, and nobody else's.
func TestPoliciesAreConfined(t *testing.T) {
	config := someCluster(t, sim.Baseline{Kyverno: true})
	c := opened(t, config, GateOptions{})
	applyTo(t, c.Config(), "apiVersion: v1\nkind: Namespace\nmetadata: {name: mine}\n---"+policyFor("Pod"))
	policies := dynamic.NewForConfigOrDie(config).Resource(probeResource())
	eventually(t, func() bool {
		policy, err := policies.Get(t.Context(), "need-team", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		conditions, _, _ := unstructured.NestedSlice(policy.Object, "status", "conditions")
		return len(conditions) > 0 && conditions[0].(map[string]any)["status"] == "True"
	})
	for namespace, refused := range map[string]bool{"default": true, "mine": true, "theirs": false} {
		_, err := clientOf(t, config).CoreV1().Pods(namespace).Create(t.Context(), &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: "web"}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "nginx"}}},
		}, metav1.CreateOptions{})
		if (err != nil) != refused {
			t.Errorf("pod in %s: %v", namespace, err)
		}
	}
}

// TestPatchedPoliciesStayConfined: kubectl apply changes a policy that exists by a merge patch with all its rules; other
// patches of rules are refused.
func TestPatchedPoliciesStayConfined(t *testing.T) {
	config := someCluster(t, sim.Baseline{Kyverno: true})
	c := opened(t, config, GateOptions{})
	applyTo(t, c.Config(), policyFor("Pod"))
	policies := dynamic.NewForConfigOrDie(c.Config()).Resource(probeResource())
	patch := `{"spec":{"rules":[{"name":"team","match":{"any":[{"resources":{"kinds":["Pod"]}}]},` +
		`"validate":{"failureAction":"Enforce","message":"other","pattern":{"metadata":{"labels":{"team":"?*"}}}}}]}}`
	patched, err := policies.Patch(t.Context(), "need-team", types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	rules, _, _ := unstructured.NestedSlice(patched.Object, "spec", "rules")
	excluded, _, _ := unstructured.NestedSlice(rules[0].(map[string]any), "exclude", "any")
	if len(excluded) != 1 || !confined(excluded[0]) || !marked(patched.GetLabels()) {
		t.Errorf("after the patch it excludes %v, with labels %v", excluded, patched.GetLabels())
	}
	remove := []byte(`[{"op":"remove","path":"/spec/rules/0/exclude"},{"op":"add","path":"/metadata/annotations","value":{"by":"patch"}}]`)
	if patched, err = policies.Patch(t.Context(), "need-team", types.JSONPatchType, remove, metav1.PatchOptions{}); err != nil {
		t.Fatalf("a JSON patch: %v", err)
	}
	rules, _, _ = unstructured.NestedSlice(patched.Object, "spec", "rules")
	excluded, _, _ = unstructured.NestedSlice(rules[0].(map[string]any), "exclude", "any")
	if len(excluded) != 1 || !confined(excluded[0]) || patched.GetAnnotations()["by"] != "patch" {
		t.Errorf("after the JSON patch it excludes %v, with annotations %v", excluded, patched.GetAnnotations())
	}
	if _, err := policies.Patch(t.Context(), "nobody", types.JSONPatchType, remove, metav1.PatchOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("a JSON patch of nothing: %v", err)
	}
}

// TestDryRunIsJudgedAlike: a dry run says what would become of an object that the workshop makes.
func TestDryRunIsJudgedAlike(t *testing.T) {
	c := opened(t, someCluster(t, sim.Baseline{}), GateOptions{})
	spaces := clientOf(t, c.Config()).CoreV1().Namespaces()
	made, err := spaces.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "mine"}}, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	if err != nil || !marked(made.Labels) || len(c.ledger.Entries()) > 0 {
		t.Errorf("it made %v, %v, and wrote %v", made, err, c.ledger.Entries())
	}
}
