package controller

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsec/kube/sim/kinds"
)

func TestNamespaceIsFurnished(t *testing.T) {
	c := newCluster(t)
	if got := names(listed[corev1.ServiceAccount](c, accountGVR)); !slices.Equal(got, []string{"default"}) {
		t.Errorf("service accounts %v", got)
	}
	bundle := listed[corev1.ConfigMap](c, configGVR)
	if len(bundle) != 1 || bundle[0].Name != rootCAName || bundle[0].Data[rootCAKey] != "a certificate" {
		t.Errorf("config maps %v", bundle)
	}
	c.delete(accountGVR, "default", metav1.DeletePropagationBackground)
	if got := names(listed[corev1.ServiceAccount](c, accountGVR)); !slices.Equal(got, []string{"default"}) {
		t.Errorf("the default service account was not put back: %v", got)
	}
}

func TestNamespaceIsEmptiedAndGoes(t *testing.T) {
	c := newCluster(t)
	c.apply(web)
	c.delete(spacesGVR, "shop", metav1.DeletePropagationBackground)
	if _, err := c.client.Get(context.Background(), spacesGVR, "", "shop"); !apierrors.IsNotFound(err) {
		t.Fatalf("the namespace: %v, want NotFound", err)
	}
	for _, k := range kinds.All() {
		if !k.Namespaced {
			continue
		}
		if left, err := c.client.List(context.Background(), k.GVR(), "shop", nil); err != nil || len(left) > 0 {
			t.Errorf("%d %s are left (%v)", len(left), k.Plural, err)
		}
	}
}

func TestFinalizerHoldsNamespace(t *testing.T) {
	c := newCluster(t)
	c.apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: held, finalizers: [example.com/hold]}")
	c.delete(spacesGVR, "shop", metav1.DeletePropagationBackground)
	held, err := c.client.Get(context.Background(), configGVR, "shop", "held")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{
		"NamespaceDeletionDiscoveryFailure False ResourcesDiscovered: All resources successfully discovered",
		"NamespaceDeletionGroupVersionParsingFailure False ParsedGroupVersions: All legacy kube types successfully parsed",
		"NamespaceDeletionContentFailure False ContentDeleted: All content successfully deleted, may be waiting on finalization",
		"NamespaceContentRemaining True SomeResourcesRemain: Some resources are remaining: configmaps. has 1 resource instances",
		"NamespaceFinalizersRemaining True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances",
	}, namespaceConditions(c, "shop")); diff != "" {
		t.Errorf("conditions (-want +got):\n%s", diff)
	}
	next := held.DeepCopy()
	next.SetFinalizers(nil)
	if _, err := c.client.Update(context.Background(), configGVR, next, ""); err != nil {
		t.Fatal(err)
	}
	c.settle()
	if _, err := c.client.Get(context.Background(), spacesGVR, "", "shop"); !apierrors.IsNotFound(err) {
		t.Errorf("after the last finalizer: %v, want NotFound", err)
	}
}

// namespaceConditions are the conditions of a namespace as text.
func namespaceConditions(c *cluster, name string) []string {
	c.settle()
	var out []string
	for _, ns := range listed[corev1.Namespace](c, spacesGVR) {
		for _, cond := range ns.Status.Conditions {
			if ns.Name == name {
				out = append(out, fmt.Sprintf("%s %s %s: %s", cond.Type, cond.Status, cond.Reason, cond.Message))
			}
		}
	}
	return out
}

// TestCordonTaints: a node that takes no more pods has a taint that says so, for as long. Another of that key is not its own.
func TestCordonTaints(t *testing.T) {
	c := newCluster(t)
	ctx := context.Background()
	nodes, err := c.client.List(ctx, nodesGVR, "", nil)
	if err != nil || len(nodes) == 0 {
		t.Fatalf("%d nodes (%v)", len(nodes), err)
	}
	for _, cordoned := range []bool{true, false} {
		stored, err := c.client.Get(ctx, nodesGVR, "", nodes[0].GetName())
		if err != nil {
			t.Fatal(err)
		}
		next := stored.DeepCopy()
		spec := next.Object["spec"].(map[string]any)
		spec["unschedulable"] = cordoned
		if cordoned {
			spec["taints"] = []any{map[string]any{"key": corev1.TaintNodeUnschedulable, "effect": "NoExecute"}}
		}
		if _, err := c.client.Update(ctx, nodesGVR, next, ""); err != nil {
			t.Fatal(err)
		}
		c.settle()
		stored, err = c.client.Get(ctx, nodesGVR, "", nodes[0].GetName())
		if err != nil {
			t.Fatal(err)
		}
		node, err := decode[corev1.Node](stored)
		if err != nil {
			t.Fatal(err)
		}
		effects := []corev1.TaintEffect{}
		for _, taint := range node.Spec.Taints {
			effects = append(effects, taint.Effect)
		}
		want := []corev1.TaintEffect{corev1.TaintEffectNoExecute, corev1.TaintEffectNoSchedule}
		if !cordoned {
			want = want[:1]
		}
		if !slices.Equal(effects, want) {
			t.Errorf("cordoned %v: taints %v", cordoned, node.Spec.Taints)
		}
	}
}

func TestGarbageCollection(t *testing.T) {
	for policy, left := range map[metav1.DeletionPropagation]int{
		metav1.DeletePropagationBackground: 0,
		metav1.DeletePropagationForeground: 0,
		metav1.DeletePropagationOrphan:     4, // the replica set and its pods
	} {
		t.Run(string(policy), func(t *testing.T) {
			c := newCluster(t)
			c.apply(web)
			c.delete(deploymentGVR, "web", policy)
			sets, pods := listed[appsv1.ReplicaSet](c, replicaSetGVR), listed[corev1.Pod](c, podsGVR)
			if got := len(listed[appsv1.Deployment](c, deploymentGVR)) + len(sets) + len(pods); got != left {
				t.Errorf("%d objects are left, want %d", got, left)
			}
			for _, rs := range sets {
				if len(rs.OwnerReferences) > 0 {
					t.Errorf("%s still names an owner", rs.Name)
				}
			}
		})
	}
}

// TestDanglingOwner: an object that names an owner which never was is garbage from the start.
func TestDanglingOwner(t *testing.T) {
	c := newCluster(t)
	c.apply("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: lost\n  ownerReferences: [{apiVersion: v1, kind: Pod, name: nobody, uid: none}]")
	if got := names(listed[corev1.ConfigMap](c, configGVR)); slices.Contains(got, "lost") {
		t.Errorf("config maps %v", got)
	}
}

func TestScheduling(t *testing.T) {
	c := newCluster(t)
	pod := func(name, spec string) string {
		return "apiVersion: v1\nkind: Pod\nmetadata: {name: " + name + "}\nspec:\n  containers: [{name: c, image: \"c:1\"}]\n" + spec
	}
	c.apply(pod("ssd", "  nodeSelector: {disk: ssd}"))
	c.apply(pod("tape", "  nodeSelector: {disk: tape}"))
	c.apply(pod("gated", "  schedulingGates: [{name: example.com/wait}]"))
	c.expect(podsGVR, "gated | 0/1 | SchedulingGated | 0 | 0s", "ssd | 1/1 | Running | 0 | 0s", "tape | 0/1 | Pending | 0 | 0s")
	want := "Warning FailedScheduling pod/tape 0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."
	if !slices.Contains(c.events(), want) {
		t.Errorf("events:\n%s", strings.Join(c.events(), "\n"))
	}
	c.apply("apiVersion: v1\nkind: Node\nmetadata: {name: node-2, labels: {disk: tape}}")
	for _, p := range listed[corev1.Pod](c, podsGVR) {
		if p.Name == "tape" && p.Spec.NodeName != "node-2" {
			t.Errorf("tape is on %q, want node-2", p.Spec.NodeName)
		}
	}
}

func TestPodChangesReachItsStatus(t *testing.T) {
	c := newCluster(t)
	pod := "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  nodeName: node-1\n  terminationGracePeriodSeconds: 30\n  containers: [{name: c, image: \"c:1\"}]\n  initContainers: [{name: i, image: \"i:1\"}]"
	c.apply(pod)
	c.apply(strings.ReplaceAll(pod, "c:1", "c:2"))
	st := listed[corev1.Pod](c, podsGVR)[0].Status
	if len(st.ContainerStatuses) != 1 || st.ContainerStatuses[0].Image != "c:2" || st.ContainerStatuses[0].RestartCount != 0 {
		t.Errorf("container statuses %+v", st.ContainerStatuses)
	}
	if len(st.InitContainerStatuses) != 1 || st.InitContainerStatuses[0].State.Terminated == nil {
		t.Errorf("init container statuses %+v", st.InitContainerStatuses)
	}
	c.delete(podsGVR, "web", metav1.DeletePropagationBackground)
	if n := len(listed[corev1.Pod](c, podsGVR)); n != 0 {
		t.Errorf("%d pods are left: a node ends a deleted pod", n)
	}
}

func TestEndpoints(t *testing.T) {
	c := newCluster(t)
	c.apply("apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports: [{name: http, port: 80, targetPort: http}]")
	c.expect(endsGVR, "web | <none> | 0s")
	c.apply(strings.ReplaceAll(web, "resources: {}", "ports: [{name: http, containerPort: 8080}]"))
	c.expect(endsGVR, "web | 10.0.0.1:8080,10.0.0.2:8080,10.0.0.3:8080 | 0s")
	slices := listed[discoveryv1.EndpointSlice](c, sliceGVR)
	if len(slices) != 1 || len(slices[0].Endpoints) != 3 || *slices[0].Ports[0].Port != 8080 {
		t.Errorf("slices %+v", slices)
	}
	c.delete(serviceGVR, "web", metav1.DeletePropagationBackground)
	if n := len(listed[corev1.Endpoints](c, endsGVR)) + len(listed[discoveryv1.EndpointSlice](c, sliceGVR)); n != 0 {
		t.Errorf("%d objects are left of the service", n)
	}
}

// TestSameWritesSameCluster builds the same thing twice and compares everything there is afterwards.
func TestSameWritesSameCluster(t *testing.T) {
	build := func() string {
		c := newCluster(t)
		c.apply(web)
		c.apply(strings.ReplaceAll(web, "1.27", "1.28"))
		c.apply(workload("apps/v1", "DaemonSet", "agent", ""))
		c.apply(workload("apps/v1", "ReplicaSet", "rs", "  replicas: 2"))
		var all []any
		for _, k := range kinds.All() {
			items, err := c.client.List(context.Background(), k.GVR(), "", nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range items {
				u = u.DeepCopy()
				u.SetManagedFields(nil)
				u.SetResourceVersion("")
				all = append(all, u.Object)
			}
		}
		data, err := json.MarshalIndent(all, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if diff := cmp.Diff(build(), build()); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
}

func TestIdleEndsWithRun(t *testing.T) {
	c := New(Options{Client: newCluster(t).client, Kinds: kinds.All()})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- c.Run(ctx) }()
	if err := c.Idle(context.Background()); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
	if err := c.Idle(context.Background()); err != nil {
		t.Errorf("Idle after the end: %v", err)
	}
	expired, cancel := context.WithCancel(context.Background())
	cancel()
	if err := New(Options{Client: c.client}).Idle(expired); err == nil {
		t.Error("Idle of controllers that never ran returned before its context's end")
	}
}
