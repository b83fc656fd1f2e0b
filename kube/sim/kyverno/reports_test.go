package kyverno

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var replicaSetsResource = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "replicasets"}

const auditOwner = `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: name-owner
  annotations: {policies.kyverno.io/category: Habits, policies.kyverno.io/severity: high}
spec:
  rules:
  - name: owner
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      failureAction: Audit
      message: Every pod names its owner
      pattern: {metadata: {labels: {owner: "?*"}}}
`

const replicaSet = `
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: rs, namespace: team}
spec:
  replicas: 0
  selector: {matchLabels: {app: rs}}
  template:
    metadata: {labels: {app: rs}}
    spec: {containers: [{name: c, image: "nginx:1"}]}
`

func TestReportLife(t *testing.T) {
	c := newKyvernoCluster(t)
	c.mustApply(pod("old", "team", "app: web"))
	c.applyPolicies(auditOwner)
	const failed = "name-owner/owner fail (background scan): validation error: Every pod names its owner. rule owner failed at path /metadata/labels/owner/\n"
	if got := c.reportOn(podsResource, "team", "old"); got != failed {
		t.Errorf("the scan of an existing pod says %q", got)
	}
	c.mustApply(pod("old", "team", "owner: me"))
	c.settle()
	if got := c.reportOn(podsResource, "team", "old"); got != "name-owner/owner pass (background scan): validation rule 'owner' passed.\n" {
		t.Errorf("after the pod was put right, its report says %q", got)
	}
	c.mustApply(replicaSet)
	c.settle()
	if got := c.reportOn(replicaSetsResource, "team", "rs"); !strings.HasPrefix(got, "name-owner/autogen-owner fail") {
		t.Errorf("a ReplicaSet, which admission does not see, has the report %q", got)
	}
	old, err := c.client.Get(t.Context(), podsResource, "team", "old")
	if err != nil {
		t.Fatal(err)
	}
	c.delete(podsResource, "team", "old")
	c.settle()
	if report, err := c.kyverno.storedReport(t.Context(), "team", old.GetUID()); err != nil || report != nil {
		t.Errorf("the report of a deleted pod stays (%v)", err)
	}
	c.delete(clusterPolicies, "", "name-owner")
	c.settle()
	if got := c.reportOn(replicaSetsResource, "team", "rs"); got != "" {
		t.Errorf("without the policy the report says %q", got)
	}
}

func TestReportAsStored(t *testing.T) {
	c := newKyvernoCluster(t)
	c.applyPolicies(auditOwner)
	c.mustApply(pod("p", "team", "app: web"))
	c.settle()
	subject, err := c.client.Get(t.Context(), podsResource, "team", "p")
	if err != nil {
		t.Fatal(err)
	}
	report, err := c.client.Get(t.Context(), policyReports, "team", string(subject.GetUID()))
	if err != nil {
		t.Fatal(err)
	}
	uid := string(subject.GetUID())
	want := map[string]any{
		"apiVersion": "wgpolicyk8s.io/v1alpha2", "kind": "PolicyReport",
		"metadata": map[string]any{
			"name": uid, "namespace": "team",
			"labels":          map[string]any{"app.kubernetes.io/managed-by": "kyverno"},
			"ownerReferences": []any{map[string]any{"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": uid}},
		},
		"scope": map[string]any{"apiVersion": "v1", "kind": "Pod", "name": "p", "namespace": "team", "uid": uid},
		"results": []any{map[string]any{
			"policy": "name-owner", "rule": "owner", "result": "fail", "source": "kyverno", "scored": true,
			"category": "Habits", "severity": "high",
			"message":    "validation error: Every pod names its owner. rule owner failed at path /metadata/labels/owner/",
			"properties": map[string]any{"process": "background scan"},
			"timestamp":  map[string]any{"seconds": startTime.Unix(), "nanos": int64(0)},
		}},
		"summary": map[string]any{"pass": int64(0), "fail": int64(1), "warn": int64(0), "error": int64(0), "skip": int64(0)},
	}
	got := report.DeepCopy().Object
	for _, servers := range []string{"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"} {
		delete(nested(got, "metadata"), servers)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestAuditEvents: a request that violates an Audit policy is told once by admission; the scan that follows has no news.
func TestAuditEvents(t *testing.T) {
	c := newKyvernoCluster(t)
	c.applyPolicies(auditOwner)
	c.mustApply(pod("p", "team", "app: web"))
	c.settle()
	const why = "validation error: Every pod names its owner. rule owner failed at path /metadata/labels/owner/"
	want := []string{"kyverno-admission Pod/p policy name-owner/owner fail: " + why}
	if diff := cmp.Diff(want, c.eventsIn("team")); diff != "" {
		t.Error(diff)
	}
	var onPolicy []string
	for _, e := range c.eventsIn("default") {
		if strings.Contains(e, "team/p:") {
			onPolicy = append(onPolicy, e)
		}
	}
	if diff := cmp.Diff([]string{"kyverno-admission ClusterPolicy/name-owner Pod team/p: [owner] fail; " + why}, onPolicy); diff != "" {
		t.Error(diff)
	}
	c.mustApply(replicaSet)
	c.settle()
	if got := c.eventsIn("team"); len(got) != 2 || !strings.HasPrefix(got[1], "kyverno-scan ReplicaSet/rs policy name-owner/autogen-owner fail: ") {
		t.Errorf("after the scan of a ReplicaSet there are the events %q", got)
	}
}

const mutateAndAdmissionOnly = `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: add-tier}
spec:
  rules:
  - name: tier
    match: {any: [{resources: {kinds: [Pod]}}]}
    mutate: {patchStrategicMerge: {metadata: {labels: {+(tier): web}}}}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: at-the-door, annotations: {policies.kyverno.io/scored: "false"}}
spec:
  background: false
  rules:
  - name: zone
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      message: Every pod names its zone
      pattern: {metadata: {labels: {zone: "?*"}}}
`

// TestAdmissionResults: results of mutations, and of policies that scans leave out, come from the request.
func TestAdmissionResults(t *testing.T) {
	c := newKyvernoCluster(t)
	c.mustApply(pod("before", "team", "app: web"))
	c.applyPolicies(mutateAndAdmissionOnly)
	c.mustApply(pod("after", "team", "app: web"))
	c.mustApply(pod("has", "team", "tier: db, zone: a"))
	c.settle()
	for name, want := range map[string]string{
		"before": "",
		"after": "add-tier/tier pass (background scan): mutated Pod/after in namespace team\n" +
			"at-the-door/zone warn (admission review): validation error: Every pod names its zone. rule zone failed at path /metadata/labels/zone/\n",
		"has": "add-tier/tier skip (background scan): no patches applied\n" +
			"at-the-door/zone pass (admission review): validation rule 'zone' passed.\n",
	} {
		if diff := cmp.Diff(want, c.reportOn(podsResource, "team", name)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	stored, err := c.client.Get(t.Context(), podsResource, "team", "after")
	if err != nil || stored.GetLabels()["tier"] != "web" {
		t.Errorf("the pod is stored with the labels %v (%v)", stored.GetLabels(), err)
	}
	c.mustApply(pod("before", "team", "app: web, zone: b"))
	c.settle()
	want := "add-tier/tier pass (background scan): mutated Pod/before in namespace team\n" +
		"at-the-door/zone pass (admission review): validation rule 'zone' passed.\n"
	if diff := cmp.Diff(want, c.reportOn(podsResource, "team", "before")); diff != "" {
		t.Errorf("after an update:\n%s", diff)
	}
}

func TestNamespacesAreReportedClusterWide(t *testing.T) {
	c := newKyvernoCluster(t)
	c.applyPolicies(`
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: tiers}
spec:
  rules:
  - name: tier
    match: {any: [{resources: {kinds: [Namespace]}}]}
    validate: {message: Every namespace has a tier, pattern: {metadata: {labels: {tier: "?*"}}}}
`)
	for name, want := range map[string]string{"team": "pass", "kube-system": "fail", "kyverno": "fail"} {
		if got := c.reportOn(namespaces, "", name); !strings.HasPrefix(got, "tiers/tier "+want) {
			t.Errorf("namespace %s: %q, want %s", name, got, want)
		}
	}
}

func TestExcludedFromReports(t *testing.T) {
	c := newKyvernoCluster(t)
	c.applyPolicies(strings.Replace(auditOwner, "  name: name-owner", "  name: name-owner\n  labels: {reports.kyverno.io/disabled: \"\"}", 1))
	c.mustApply(pod("p", "team", "app: web"))
	c.settle()
	if got := c.reportOn(podsResource, "team", "p"); got != "" {
		t.Errorf("the report says %q", got)
	}
	if got := c.eventsIn("team"); len(got) != 1 {
		t.Errorf("events are %q", got)
	}
}

// TestReportComesBack: a report that somebody deletes is written again by the next background scan.
func TestReportComesBack(t *testing.T) {
	c := newKyvernoCluster(t)
	c.setArguments("kyverno-reports-controller", []string{"--backgroundScanInterval=10m"})
	c.mustApply(pod("old", "team", "app: web"))
	c.applyPolicies(auditOwner)
	before := c.reportOn(podsResource, "team", "old")
	for range 2 {
		subject, err := c.client.Get(t.Context(), podsResource, "team", "old")
		if err != nil {
			t.Fatal(err)
		}
		c.delete(policyReports, "team", string(subject.GetUID()))
		c.clock.Step(9 * time.Minute)
		c.settle()
		if got := c.reportOn(podsResource, "team", "old"); got != "" {
			t.Errorf("before the next scan there is the report %q", got)
		}
		c.clock.Step(time.Minute)
		c.settle()
		if got := c.reportOn(podsResource, "team", "old"); got != before {
			t.Errorf("after a scan the report says %q, before %q", got, before)
		}
	}
}
