package kyverno

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const sweeping = `
apiVersion: kyverno.io/v2
kind: ClusterCleanupPolicy
metadata: {name: sweep}
spec:
  schedule: "@hourly"
  match: {any: [{resources: {kinds: [ConfigMap], names: [old]}}]}
`

const old = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: old, namespace: team}"

// TestCleanupControllerComesBack: what was missed is made up for once, and nothing happens without it.
func TestCleanupControllerComesBack(t *testing.T) {
	c := newKyvernoCluster(t)
	c.mustApply(fmt.Sprintf(mayCleanUp, "configmaps"))
	c.mustApply(old + "\n---" + sweeping)
	c.settle()
	c.scale("kyverno-cleanup-controller", 1, 0)
	c.settle()
	c.clock.Step(10 * time.Hour)
	c.settle()
	if !c.holds("team", "old") {
		t.Error("a controller without a pod cleans up")
	}
	c.scale("kyverno-cleanup-controller", 1, 1)
	c.settle()
	if c.holds("team", "old") {
		t.Error("what was missed is not made up for")
	}
	stored, err := c.client.Get(t.Context(), clusterCleanups, "", "sweep")
	if err != nil {
		t.Fatal(err)
	}
	if at := text(nested(stored.Object, "status"), "lastExecutionTime"); at != "2026-03-01T22:00:00Z" {
		t.Errorf("ran last at %s", at)
	}
}

// TestCleanupWithoutPermission: a kind that may not be listed any more is passed over.
func TestCleanupWithoutPermission(t *testing.T) {
	c := newKyvernoCluster(t)
	c.mustApply(fmt.Sprintf(mayCleanUp, "configmaps"))
	c.mustApply(old + "\n---" + sweeping)
	c.delete(clusterRoles, "", "clean-configmaps")
	c.settle()
	c.clock.Step(time.Hour)
	c.settle()
	stored, err := c.client.Get(t.Context(), clusterCleanups, "", "sweep")
	if err != nil {
		t.Fatal(err)
	}
	if at := text(nested(stored.Object, "status"), "lastExecutionTime"); !c.holds("team", "old") || at != "2026-03-01T13:00:00Z" {
		t.Errorf("ran last at %s, the object is there: %t", at, c.holds("team", "old"))
	}
}

// TestCleanupEvents: of success there are events only if the ConfigMap says so.
func TestCleanupEvents(t *testing.T) {
	c := newKyvernoCluster(t)
	c.mustApply(fmt.Sprintf(mayCleanUp, "configmaps"))
	settings, err := c.client.Get(t.Context(), configMaps, "kyverno", "kyverno")
	if err != nil {
		t.Fatal(err)
	}
	settings = settings.DeepCopy()
	_ = unstructured.SetNestedField(settings.Object, "true", "data", "generateSuccessEvents")
	if _, err := c.client.Update(t.Context(), configMaps, settings, ""); err != nil {
		t.Fatal(err)
	}
	c.mustApply(old + "\n---" + sweeping)
	c.settle()
	c.clock.Step(time.Hour)
	c.settle()
	stored, err := c.client.List(t.Context(), eventsResource, "default", nil)
	if err != nil || len(stored) != 1 {
		t.Fatalf("%d events, %v", len(stored), err)
	}
	event := stored[0].DeepCopy().Object
	delete(event, "metadata")
	delete(nested(event, "involvedObject"), "uid")
	want := map[string]any{
		"apiVersion": "v1", "kind": "Event", "action": "Resource Cleaned Up", "reason": "PolicyApplied", "type": "Normal",
		"eventTime": "2026-03-01T13:00:00.000000Z", "firstTimestamp": nil, "lastTimestamp": nil, "source": map[string]any{},
		"reportingComponent": "kyverno-cleanup", "reportingInstance": "kyverno-cleanup-host",
		"involvedObject": map[string]any{"apiVersion": "kyverno.io/v2", "kind": "ClusterCleanupPolicy", "name": "sweep"},
		"related":        map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "namespace": "team", "name": "old"},
		"message":        "successfully cleaned up the target resource ConfigMap/team/old",
	}
	if diff := cmp.Diff(want, event); diff != "" {
		t.Error(diff)
	}
}

// TestCleanupOfWildcards: it is not known whether everything may be deleted.
func TestCleanupOfWildcards(t *testing.T) {
	c := newKyvernoCluster(t)
	err := c.apply(strings.Replace(sweeping, "kinds: [ConfigMap], names: [old]", `kinds: ["*"]`, 1))
	if want := `admission webhook "kyverno-cleanup-controller.kyverno.svc" denied the request: failed to get GVR for kind *`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestCleanupAlone: without an admission controller the clean-up controller reads the ConfigMap itself, as it is when it acts.
func TestCleanupAlone(t *testing.T) {
	alone := parseObjects(t, fmt.Sprintf(mayCleanUp, "configmaps")+"\n---\n"+old+"\n---"+
		strings.Replace(sweeping, "{name: sweep}", "{name: sweep, creationTimestamp: 2026-03-01T10:00:00Z}", 1)+"\n---\n"+
		strings.Replace(old, "namespace: team", "namespace: kube-system", 1))
	for _, object := range installedKyverno(t) {
		if object.GetKind() != "Deployment" || object.GetName() == "kyverno-cleanup-controller" {
			alone = append(alone, object)
		}
	}
	c := newTestCluster(t, alone...)
	c.settle()
	if c.holds("team", "old") || !c.holds("kube-system", "old") {
		t.Error("it does not act, or on what the ConfigMap filters")
	}
	settings, err := c.client.Get(t.Context(), configMaps, "kyverno", "kyverno")
	if err != nil {
		t.Fatal(err)
	}
	settings = settings.DeepCopy()
	_ = unstructured.SetNestedField(settings.Object, "", "data", "resourceFilters")
	if _, err := c.client.Update(t.Context(), configMaps, settings, ""); err != nil {
		t.Fatal(err)
	}
	c.clock.Step(time.Hour)
	c.settle()
	if c.holds("kube-system", "old") {
		t.Error("the change of the ConfigMap does not count")
	}
}

// TestDeletingBeforeExceptionsAreKnown: a policy that is due when Kyverno starts spares what an exception names.
func TestDeletingBeforeExceptionsAreKnown(t *testing.T) {
	installed := installedKyverno(t)
	for _, object := range installed {
		if object.GetKind() == "Deployment" && object.GetName() == "kyverno-admission-controller" {
			containers := list(nested(object.Object, "spec", "template", "spec"), "containers")
			containers[0].(map[string]any)["args"] = []any{"--enablePolicyException=true"}
		}
	}
	objects := parseObjects(t, fmt.Sprintf(mayCleanUp, "configmaps")+overdue+"---\n"+old+"\n---\n"+strings.Replace(old, "name: old", "name: older", 1))
	late := func(o *Options) { o.Client = lateClient{o.Client, celExceptions, make(chan struct{})} }
	c := newClusterWith(t, late, append(installed, objects...)...)
	c.eventually("the policy ran", func() bool {
		stored, err := c.client.Get(t.Context(), deletingPolicies, "", "sweep")
		return err == nil && text(nested(stored.Object, "status"), "lastExecutionTime") != ""
	})
	if !c.holds("team", "old") || c.holds("team", "older") {
		t.Error("the excepted object is gone, or the other one stays")
	}
}

const overdue = `---
apiVersion: policies.kyverno.io/v1
kind: DeletingPolicy
metadata: {name: sweep, creationTimestamp: 2026-03-01T10:00:00Z}
spec:
  schedule: "0 * * * *"
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [configmaps]}
  conditions: [{name: old, expression: object.metadata.name.startsWith('old')}]
---
apiVersion: policies.kyverno.io/v1
kind: PolicyException
metadata: {name: keep, namespace: team}
spec:
  policyRefs: [{name: sweep, kind: DeletingPolicy}]
  matchConditions: [{name: old, expression: object.metadata.name == 'old'}]
`
