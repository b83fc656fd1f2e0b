package kyverno

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// configurations lists the stored webhook configurations with their numbers of webhooks.
func (c *testCluster) configurations() map[string]int {
	c.t.Helper()
	found := map[string]int{}
	for _, gvr := range []schema.GroupVersionResource{validatingConfigs, mutatingConfigs} {
		stored, err := c.client.List(c.t.Context(), gvr, "", nil)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, object := range stored {
			found[object.GetName()] = len(list(object.Object, "webhooks"))
		}
	}
	return found
}

// scale sets how many pods a Deployment of Kyverno's wants and has ready.
func (c *testCluster) scale(name string, wanted, ready int64) {
	c.t.Helper()
	stored, err := c.client.Get(c.t.Context(), deployments, "kyverno", name)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, subresource := range []string{"", "status"} {
		if stored, err = c.client.Update(c.t.Context(), deployments, withReplicas(stored, wanted, ready), subresource); err != nil {
			c.t.Fatal(err)
		}
	}
	c.settle()
}

func TestRegistersWebhooks(t *testing.T) {
	c := newKyvernoCluster(t)
	c.settle()
	want := map[string]int{
		"kyverno-cel-exception-validating-webhook-cfg": 1, "kyverno-cleanup-validating-webhook-cfg": 1,
		"kyverno-exception-validating-webhook-cfg": 1, "kyverno-global-context-validating-webhook-cfg": 1,
		"kyverno-policy-mutating-webhook-cfg": 1, "kyverno-policy-validating-webhook-cfg": 1,
		"kyverno-resource-mutating-webhook-cfg": 0, "kyverno-resource-validating-webhook-cfg": 0,
		"kyverno-ttl-validating-webhook-cfg": 1, "kyverno-verify-mutating-webhook-cfg": 1,
	}
	if diff := cmp.Diff(want, c.configurations()); diff != "" {
		t.Error(diff)
	}
	c.applyPolicies(requireTeam)
	if got := c.configurations()["kyverno-resource-validating-webhook-cfg"]; got != 1 {
		t.Errorf("with a policy there are %d webhooks for resources", got)
	}
	c.delete(validatingConfigs, "", "kyverno-resource-validating-webhook-cfg")
	c.settle()
	if got := c.configurations()["kyverno-resource-validating-webhook-cfg"]; got != 1 {
		t.Error("a deleted configuration does not come back")
	}
	c.delete(clusterPolicies, "", "require-team")
	c.settle()
	if diff := cmp.Diff(want, c.configurations()); diff != "" {
		t.Errorf("without the policy:\n%s", diff)
	}
}

func TestNotInstalled(t *testing.T) {
	c := newTestCluster(t)
	c.mustApply(pod("p", "default", "app: web"))
	c.settle()
	if got := c.configurations(); len(got) != 0 {
		t.Errorf("webhooks without Kyverno: %v", got)
	}
	if _, ok := c.kyverno.Lookup("kyverno", "kyverno-svc"); ok {
		t.Error("a service answers without Kyverno")
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := c.kyverno.Ready(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Ready is %v", err)
	}
}

func TestInstallAndUninstall(t *testing.T) {
	c := newTestCluster(t)
	for _, object := range installedKyverno(t) {
		gvr := c.resourceOf(object)
		if _, err := c.client.Create(t.Context(), gvr, object, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		if object.GetKind() == "Deployment" {
			if _, err := c.client.Update(t.Context(), gvr, object, "status"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := c.kyverno.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.applyPolicies(requireTeam)
	if err := c.apply(pod("p", "default", "app: web")); err == nil {
		t.Error("the policy does not hold")
	}
	c.scale("kyverno-cleanup-controller", 0, 0)
	c.scale("kyverno-admission-controller", 0, 0)
	if got := c.configurations(); len(got) != 0 {
		t.Errorf("an admission controller that was scaled to zero leaves %v", got)
	}
	c.mustApply(pod("p", "default", "app: web"))
	c.scale("kyverno-admission-controller", 1, 1)
	if err := c.apply(pod("q", "default", "app: web")); err == nil {
		t.Error("the policy does not hold after the controller came back")
	}
}

func TestAdmissionControllerDown(t *testing.T) {
	c := newKyvernoCluster(t)
	c.applyPolicies(requireTeam)
	c.scale("kyverno-admission-controller", 1, 0)
	if err := c.apply(pod("p", "default", "team: a")); err == nil || !strings.Contains(err.Error(), "failed calling webhook") {
		t.Errorf("without a ready pod the webhook answers %v", err)
	}
	if got := c.configurations()["kyverno-resource-validating-webhook-cfg"]; got != 1 {
		t.Error("the configurations of a controller that is only not ready go away")
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := c.kyverno.Ready(ctx); err == nil {
		t.Error("Kyverno is ready without a ready pod")
	}
	c.scale("kyverno-admission-controller", 1, 1)
	c.mustApply(pod("p", "default", "team: a"))
	c.delete(services, "kyverno", "kyverno-svc")
	c.settle()
	if _, ok := c.kyverno.Lookup("kyverno", "kyverno-svc"); ok {
		t.Error("a deleted Service answers")
	}
}

// TestEndsWithoutPod: a controller that has no pod when it is told to end cannot clean up behind itself.
func TestEndsWithoutPod(t *testing.T) {
	c := newKyvernoCluster(t)
	c.applyPolicies(requireTeam)
	before := c.configurations()
	c.scale("kyverno-admission-controller", 1, 0)
	c.scale("kyverno-admission-controller", 0, 0)
	if diff := cmp.Diff(before, c.configurations()); diff != "" {
		t.Errorf("left behind (-want +got):\n%s", diff)
	}
	c.scale("kyverno-admission-controller", 1, 1)
	c.scale("kyverno-admission-controller", 0, 0)
	want := map[string]int{"kyverno-cleanup-validating-webhook-cfg": 1, "kyverno-ttl-validating-webhook-cfg": 1}
	if diff := cmp.Diff(want, c.configurations()); diff != "" {
		t.Errorf("one that came back leaves more than what the cleanup controller has (-want +got):\n%s", diff)
	}
	c.scale("kyverno-cleanup-controller", 0, 0)
	if got := c.configurations(); len(got) != 0 {
		t.Errorf("both leave %v", got)
	}
}

func TestReportsControllerDown(t *testing.T) {
	c := newKyvernoCluster(t)
	c.applyPolicies(auditOwner)
	c.mustApply(pod("p", "team", "app: web"))
	c.settle()
	c.scale("kyverno-reports-controller", 1, 0)
	c.mustApply(pod("q", "team", "app: web"))
	c.settle()
	if c.reportOn(podsResource, "team", "p") == "" {
		t.Error("the reports go with their controller")
	}
	if got := c.reportOn(podsResource, "team", "q"); got != "" {
		t.Errorf("without the reports controller there is the report %q", got)
	}
	c.scale("kyverno-reports-controller", 1, 1)
	if got := c.reportOn(podsResource, "team", "q"); got == "" {
		t.Error("the controller does not catch up")
	}
}

// TestRestore: Kyverno follows a replaced store without being told.
func TestRestore(t *testing.T) {
	c := newKyvernoCluster(t)
	c.applyPolicies(requireTeam)
	base := append(parseObjects(t, namespacesYAML), installedKyverno(t)...)
	if err := c.server.Restore(t.Context(), base); err != nil {
		t.Fatal(err)
	}
	c.settle()
	if got := c.configurations(); len(got) != 10 || got["kyverno-resource-validating-webhook-cfg"] != 0 {
		t.Errorf("after the reset the webhooks are %v", got)
	}
	c.mustApply(pod("p", "default", "app: web"))
	c.applyPolicies(requireTeam)
	if err := c.apply(pod("q", "default", "app: web")); err == nil {
		t.Error("a policy does not hold after a reset")
	}
	if err := c.server.Restore(t.Context(), parseObjects(t, namespacesYAML)); err != nil {
		t.Fatal(err)
	}
	c.settle()
	c.mustApply(pod("p", "default", "app: web"))
	if got := c.configurations(); len(got) != 0 {
		t.Errorf("webhooks are left: %v", got)
	}
}

func TestSecondInstallation(t *testing.T) {
	c := newKyvernoCluster(t)
	copied := withReplicas(chartObject(t, "Deployment", "kyverno-reports-controller"), 1, 1)
	copied.SetNamespace("team")
	if _, err := c.client.Create(t.Context(), deployments, copied, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	c.applyPolicies(auditOwner)
	c.mustApply(pod("p", "default", "app: web"))
	c.settle()
	if got := strings.Count(c.reportOn(podsResource, "default", "p"), "\n"); got != 1 {
		t.Errorf("the report has %d lines", got)
	}
}
