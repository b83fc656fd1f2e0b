package kyverno

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/yaml"

	chart "podsec/assets/kyverno"
	"podsec/kube/sim/api"
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
	clock   *clocktesting.FakePassiveClock
}

// startTime is when a test's clock stands at first.
var startTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// newTestCluster starts a cluster that holds the objects.
func newTestCluster(t testing.TB, objects ...*unstructured.Unstructured) *testCluster {
	t.Helper()
	clock := clocktesting.NewFakePassiveClock(startTime)
	server, err := apiserver.New(apiserver.Options{Kinds: kinds.All(), Clock: clock, IDs: ident.New("test")})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Restore(t.Context(), append(parseObjects(t, namespacesYAML), objects...)); err != nil {
		t.Fatal(err)
	}
	c := &testCluster{t: t, client: server.Client(), server: server, clock: clock}
	c.kyverno = New(Options{
		Client: c.client, Kinds: kinds.All(), Clock: clock, Host: "host",
		Errors: func(err error) { t.Errorf("kyverno: %v", err) },
	})
	server.SetAdmission(&webhookCaller{client: c.client, services: c.kyverno})
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
		if object.GetKind() == "Deployment" {
			all[i] = withReplicas(object, 1, 1)
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

// newKyvernoCluster starts a cluster with Kyverno at work.
func newKyvernoCluster(t testing.TB) *testCluster {
	t.Helper()
	c := newTestCluster(t, installedKyverno(t)...)
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
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
		_, err := admin.Create(c.t.Context(), gvr, object, metav1.CreateOptions{})
		if apierrors.IsAlreadyExists(err) {
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
			return err == nil && len(objects(nested(stored.Object, "status"), "conditions")) > 0 && c.kyverno.policies.get(policyKey(object)) != nil
		})
	}
	c.settle()
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
	deadline := time.Now().Add(10 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			c.t.Fatalf("it never came true that %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// settle waits until Kyverno has seen every change and dealt with it: until nothing is written any more.
func (c *testCluster) settle() {
	c.t.Helper()
	ctx, stop := context.WithTimeout(c.t.Context(), 10*time.Second)
	defer stop()
	for quiet := 0; quiet < 5; {
		before := c.server.Revision()
		if err := c.kyverno.Idle(ctx); err != nil {
			c.t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
		if c.server.Revision() == before {
			quiet++
		} else {
			quiet = 0
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

// eventsIn describes the violation events of a namespace in the order of their times.
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
		if text(e.Object, "reason") == reasonViolation {
			involved := nested(e.Object, "involvedObject")
			out = append(out, fmt.Sprintf("%s %s/%s %s", text(e.Object, "reportingComponent"), text(involved, "kind"), text(involved, "name"), text(e.Object, "message")))
		}
	}
	return out
}

// webhookCaller calls the stored webhooks whose rules match, with no more rules of dispatch than the tests need.
type webhookCaller struct {
	client   api.Client
	services api.Services
}

func (w *webhookCaller) Mutate(ctx context.Context, a *api.Attributes) error {
	return w.call(ctx, mutatingConfigs, a)
}

func (w *webhookCaller) Validate(ctx context.Context, a *api.Attributes) error {
	return w.call(ctx, validatingConfigs, a)
}

func (w *webhookCaller) call(ctx context.Context, gvr schema.GroupVersionResource, a *api.Attributes) error {
	if strings.HasPrefix(a.Resource.Group, "admissionregistration") {
		return nil
	}
	configurations, err := w.client.List(ctx, gvr, "", nil)
	if err != nil {
		return err
	}
	for _, configuration := range configurations {
		for _, webhook := range objects(configuration.Object, "webhooks") {
			if !w.concerns(webhook, a) {
				continue
			}
			if err := w.review(ctx, webhook, a); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *webhookCaller) concerns(webhook map[string]any, a *api.Attributes) bool {
	var parsed admissionregistrationv1.ValidatingWebhook
	data, err := json.Marshal(webhook)
	if err != nil || json.Unmarshal(data, &parsed) != nil {
		return false
	}
	in := func(list []string, value string) bool {
		return slices.Contains(list, "*") || slices.Contains(list, value)
	}
	for _, selector := range []struct {
		labels *metav1.LabelSelector
		of     map[string]string
	}{{parsed.NamespaceSelector, map[string]string{"kubernetes.io/metadata.name": a.Namespace}}, {parsed.ObjectSelector, labelsOf(a.Object)}} {
		s, err := metav1.LabelSelectorAsSelector(selector.labels)
		if err != nil || !s.Matches(labels.Set(selector.of)) {
			return false
		}
	}
	return slices.ContainsFunc(parsed.Rules, func(r admissionregistrationv1.RuleWithOperations) bool {
		return slices.Contains(r.Operations, operation(a.Operation)) && in(r.APIGroups, a.Resource.Group) &&
			in(r.APIVersions, a.Resource.Version) && in(r.Resources, withSubresource(a.Resource.Resource, a.Subresource))
	})
}

func labelsOf(object *unstructured.Unstructured) map[string]string {
	if object == nil {
		return nil
	}
	return object.GetLabels()
}

func (w *webhookCaller) review(ctx context.Context, webhook map[string]any, a *api.Attributes) error {
	service := nested(webhook, "clientConfig", "service")
	answers, ok := w.services.Lookup(text(service, "namespace"), text(service, "name"))
	if !ok {
		if text(webhook, "failurePolicy") == "Ignore" {
			return nil
		}
		return fmt.Errorf("failed calling webhook %q: no endpoints", text(webhook, "name"))
	}
	answer, err := answers.Review(ctx, text(service, "path"), a)
	if err != nil {
		return err
	}
	for _, warning := range answer.Warnings {
		a.Warn(warning)
	}
	if !answer.Allowed {
		return fmt.Errorf("admission webhook %q denied the request: %s", text(webhook, "name"), answer.Message)
	}
	if answer.Object != nil {
		a.Object = answer.Object
	}
	return nil
}
