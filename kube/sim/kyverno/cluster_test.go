package kyverno

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/yaml"

	chart "podsec/assets/kyverno"
	"podsec/engine/celpolicy/stored"
	"podsec/kube/sim/admission"
	"podsec/kube/sim/api"
	"podsec/kube/sim/api/apitest"
	"podsec/kube/sim/apiserver"
	"podsec/kube/sim/ident"
	"podsec/kube/sim/kinds"
)

// testCluster is an API server with Kyverno beside it. Nothing else runs: no controllers make pods, and Deployments are
// as ready as their status is written.
type testCluster struct {
	t       testing.TB
	client  api.Client
	server  *apiserver.Server
	kyverno *Kyverno
	clock   *clocktesting.FakeClock
}

// startTime is when a test's clock stands at first.
var startTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// newTestCluster starts a cluster that holds the objects.
func newTestCluster(t testing.TB, objects ...*unstructured.Unstructured) *testCluster {
	t.Helper()
	return newClusterOn(t, nil, objects...)
}

// newClusterOn is newTestCluster with a network for image registries.
func newClusterOn(t testing.TB, network http.RoundTripper, objects ...*unstructured.Unstructured) *testCluster {
	t.Helper()
	return newClusterWith(t, func(o *Options) { o.Network = network }, objects...)
}

// newClusterWith is newTestCluster with changed options for Kyverno.
func newClusterWith(t testing.TB, change func(*Options), objects ...*unstructured.Unstructured) *testCluster {
	t.Helper()
	clock := clocktesting.NewFakeClock(startTime)
	server, err := apiserver.New(apiserver.Options{Kinds: kinds.All(), Clock: clock, IDs: ident.New("test")})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Restore(t.Context(), append(parseObjects(t, namespacesYAML), objects...)); err != nil {
		t.Fatal(err)
	}
	c := &testCluster{t: t, client: server.Client(), server: server, clock: clock}
	options := Options{
		Client: apitest.Checked(t, c.client), Kinds: kinds.All(), Schemas: server.Catalog(), Clock: clock, Host: "host",
		Errors: func(err error) { t.Errorf("kyverno: %v", err) },
	}
	change(&options)
	c.kyverno = New(options)
	server.SetAdmission(admission.NewWebhooks(c.client, c.kyverno))
	ctx, stop := context.WithCancel(context.Background())
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		c.kyverno.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-finished
	})
	return c
}

const namespacesYAML = `
apiVersion: v1
kind: Namespace
metadata: {name: default, labels: {kubernetes.io/metadata.name: default}}
---
apiVersion: v1
kind: Namespace
metadata: {name: kube-system, labels: {kubernetes.io/metadata.name: kube-system}}
---
apiVersion: v1
kind: Namespace
metadata: {name: team, labels: {kubernetes.io/metadata.name: team, tier: web}}
`

// installedKyverno are the chart's objects, with a ready pod behind every Deployment.
func installedKyverno(t testing.TB) []*unstructured.Unstructured {
	t.Helper()
	definitions, err := chart.CRDs()
	if err != nil {
		t.Fatal(err)
	}
	manifests, err := chart.Manifests()
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Concat(definitions, manifests)
	for i, object := range all {
		switch object.GetKind() {
		case "Deployment":
			all[i] = withReplicas(object, 1, 1)
		case "Namespace":
			all[i] = object.DeepCopy()
			all[i].SetLabels(map[string]string{"kubernetes.io/metadata.name": object.GetName()})
		}
	}
	return all
}

func withReplicas(deployment *unstructured.Unstructured, wanted, ready int64) *unstructured.Unstructured {
	changed := deployment.DeepCopy()
	_ = unstructured.SetNestedField(changed.Object, wanted, "spec", "replicas")
	_ = unstructured.SetNestedField(changed.Object, ready, "status", "readyReplicas")
	return changed
}

// patience is how long tests wait for what must come: long enough for a machine that does much else.
const patience = time.Minute

// newKyvernoCluster starts a cluster with Kyverno at work.
func newKyvernoCluster(t testing.TB) *testCluster {
	t.Helper()
	return newKyvernoClusterOn(t, nil)
}

// newKyvernoClusterOn is newKyvernoCluster with a network for image registries.
func newKyvernoClusterOn(t testing.TB, network http.RoundTripper) *testCluster {
	t.Helper()
	c := newClusterOn(t, network, installedKyverno(t)...)
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	if err := c.kyverno.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	return c
}

func parseObjects(t testing.TB, text string) []*unstructured.Unstructured {
	t.Helper()
	var out []*unstructured.Unstructured
	for document := range strings.SplitSeq(strings.Trim(text, "\n"), "\n---\n") {
		data, err := yaml.YAMLToJSON([]byte(document))
		if err != nil {
			t.Fatal(err)
		}
		u := &unstructured.Unstructured{}
		if err := u.UnmarshalJSON(data); err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		out = append(out, u)
	}
	return out
}

// resourceOf returns where objects like this one are stored.
func (c *testCluster) resourceOf(object *unstructured.Unstructured) schema.GroupVersionResource {
	c.t.Helper()
	gvk := object.GroupVersionKind()
	for _, r := range chartDiscovery(c.t).all() {
		if r.gvk() == gvk {
			return r.gvr
		}
	}
	c.t.Fatalf("no resource for %s", gvk)
	return schema.GroupVersionResource{}
}

// apply creates or replaces objects as the administrator would; the first error ends it.
func (c *testCluster) apply(text string) error {
	c.t.Helper()
	admin := c.client.As("kubernetes-admin", "system:masters")
	for _, object := range parseObjects(c.t, text) {
		gvr := c.resourceOf(object)
		_, err := admin.Get(c.t.Context(), gvr, object.GetNamespace(), object.GetName())
		if apierrors.IsNotFound(err) {
			_, err = admin.Create(c.t.Context(), gvr, object, metav1.CreateOptions{})
		} else if err == nil {
			_, err = admin.Update(c.t.Context(), gvr, object, "")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *testCluster) mustApply(text string) {
	c.t.Helper()
	if err := c.apply(text); err != nil {
		c.t.Fatal(err)
	}
}

// applyPolicies stores policies and waits until they are in force.
func (c *testCluster) applyPolicies(text string) {
	c.t.Helper()
	c.mustApply(text)
	for _, object := range parseObjects(c.t, text) {
		gvr := c.resourceOf(object)
		c.eventually("policy "+object.GetName()+" is ready", func() bool {
			stored, err := c.client.Get(c.t.Context(), gvr, object.GetNamespace(), object.GetName())
			return err == nil && c.inForce(stored)
		})
	}
	c.settle()
}

// inForce says whether Kyverno has taken a stored policy and said so.
func (c *testCluster) inForce(policy *unstructured.Unstructured) bool {
	status := nested(policy.Object, "status")
	if policy.GroupVersionKind().Group == policiesGroup {
		known := c.kyverno.cel.list(func(p *stored.Policy) bool { return p.Object().GetUID() == policy.GetUID() })
		return len(known) == 1 && len(objects(nested(status, "conditionStatus"), "conditions")) > 0
	}
	return len(objects(status, "conditions")) > 0 && c.kyverno.policies.get(policyKey(policy)) != nil
}

func (c *testCluster) delete(gvr schema.GroupVersionResource, namespace, name string) {
	c.t.Helper()
	if err := c.client.Delete(c.t.Context(), gvr, namespace, name, metav1.DeleteOptions{}); err != nil {
		c.t.Fatal(err)
	}
}

// eventually waits until what is said is so.
func (c *testCluster) eventually(what string, holds func() bool) {
	c.t.Helper()
	deadline := time.Now().Add(patience)
	for !holds() {
		if time.Now().After(deadline) {
			c.t.Fatalf("it never came true that %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// settle waits until Kyverno has seen every change and dealt with it.
func (c *testCluster) settle() {
	c.t.Helper()
	ctx, stop := context.WithTimeout(c.t.Context(), patience)
	defer stop()
	for before := uint64(0); before != c.server.Revision(); {
		before = c.server.Revision()
		if err := c.kyverno.Idle(ctx); err != nil {
			c.t.Fatal(err)
		}
	}
}

// reportOn describes the report about an object, a line for each result; "" is no report.
func (c *testCluster) reportOn(gvr schema.GroupVersionResource, namespace, name string) string {
	c.t.Helper()
	subject, err := c.client.Get(c.t.Context(), gvr, namespace, name)
	if err != nil {
		c.t.Fatal(err)
	}
	report, err := c.kyverno.storedReport(c.t.Context(), namespace, subject.GetUID())
	if err != nil {
		c.t.Fatal(err)
	}
	var out strings.Builder
	for _, l := range linesOf(report) {
		fmt.Fprintf(&out, "%s/%s %s (%s): %s\n", text(l, "policy"), text(l, "rule"), text(l, "result"), text(nested(l, "properties"), "process"), text(l, "message"))
	}
	return out.String()
}

// eventsIn describes the events of violations and failures of a namespace in the order of their times.
func (c *testCluster) eventsIn(namespace string) []string {
	c.t.Helper()
	stored, err := c.client.List(c.t.Context(), eventsResource, namespace, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	slices.SortFunc(stored, func(a, b *unstructured.Unstructured) int {
		return strings.Compare(a.GetName()[strings.LastIndexByte(a.GetName(), '.'):], b.GetName()[strings.LastIndexByte(b.GetName(), '.'):])
	})
	var out []string
	for _, e := range stored {
		if reason := text(e.Object, "reason"); reason == reasonViolation || reason == reasonError {
			involved := nested(e.Object, "involvedObject")
			out = append(out, fmt.Sprintf("%s %s/%s %s", text(e.Object, "reportingComponent"), text(involved, "kind"), text(involved, "name"), text(e.Object, "message")))
		}
	}
	return out
}
