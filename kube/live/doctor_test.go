package live

import (
	"strings"
	"testing"

	"podsec/kube/sim"
)

// said is what the doctor says of a cluster, a line each.
func said(t *testing.T, target *Target) string {
	t.Helper()
	findings, err := Examine(t.Context(), target, []Need{{Lab: "00-a"}, {Lab: "02-b", Kyverno: true}})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range findings {
		lines = append(lines, strings.TrimSpace(string(f.Level)+" "+f.About+": "+f.Text+" "+strings.Join(f.Labs, ",")))
	}
	return strings.Join(lines, "\n")
}

func TestDoctor(t *testing.T) {
	config := someCluster(t, sim.Baseline{})
	target := &Target{Context: "theirs", Server: "https://ABC.gr7.eu-west-1.eks.amazonaws.com", Config: config}
	got := said(t, target)
	for _, want := range []string{
		"ok server: Kubernetes " + sim.KubernetesVersion + " at https://ABC", "ok EKS: this is Amazon EKS", "note Kyverno: it is not installed",
		"podsec clean removes it 02-b", "ok permissions: you may do all", "ok pod security: the namespace default enforces no level",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("it does not say %q:\n%s", want, got)
		}
	}
}

// TestDoctorOnKyverno: a Kyverno of somebody else, one of their policies, and what is left when it goes in a hurry.
func TestDoctorOnKyverno(t *testing.T) {
	config := someCluster(t, sim.Baseline{Kyverno: true})
	applyTo(t, config, policyFor("Secret"))
	target := &Target{Context: "theirs", Config: config}
	got := said(t, target)
	for _, want := range []string{
		"ok Kyverno: v1.19.1 runs in the namespace kyverno; the workshop did not install it", "steps that install or remove Kyverno are skipped 00-a",
		"refuse requests when it does not answer", "ok reports: wgpolicyk8s.io/v1alpha2 is served", "warning policies: the policy need-team of this cluster",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("it does not say %q:\n%s", want, got)
		}
	}
}

// orphan is what is left of a Kyverno that went in a hurry.
const orphan = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: kyverno-resource-validating-webhook-cfg, labels: {webhook.kyverno.io/managed-by: kyverno}}
webhooks:
- name: validate.kyverno.svc-fail
  admissionReviewVersions: [v1]
  sideEffects: None
  clientConfig: {service: {name: kyverno-svc, namespace: kyverno}}
  rules: [{apiGroups: [""], apiVersions: [v1], resources: [secrets], operations: [CREATE]}]`

// TestOrphanedWebhooks are seen, and removed where the ledger says that Kyverno was the workshop's.
func TestOrphanedWebhooks(t *testing.T) {
	config := someCluster(t, sim.Baseline{})
	applyTo(t, config, orphan)
	if got := said(t, &Target{Config: config}); !strings.Contains(got, "problem Kyverno: Kyverno is gone, but 1 of its webhooks") {
		t.Error(got)
	}
	c := opened(t, config, GateOptions{})
	plan := func() int {
		items, err := c.Cleaner().Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(items)
	}
	if n := plan(); n != 0 {
		t.Errorf("webhooks of somebody else: %d items", n)
	}
	if err := c.ledger.Write(Entry{Group: "apps", Version: "v1", Resource: "deployments", Namespace: "kyverno", Name: kyvernoAdmission, UID: "gone"}); err != nil {
		t.Fatal(err)
	}
	if n := plan(); n != 1 {
		t.Errorf("webhooks of our own: %d items", n)
	}
	if err := c.Cleaner().Clean(t.Context(), nil); err != nil || plan() != 0 {
		t.Errorf("they stay: %v", err)
	}
}

func TestAge(t *testing.T) {
	for version, want := range map[string]int{"v1.19.1": 0, "v1.16.0": 1, "1.10.7": 4, "latest": 1, "v2.0.0": 0} {
		d := &Doctor{}
		if d.age(version); len(d.found) != want {
			t.Errorf("%s: %d findings, want %d: %v", version, len(d.found), want, d.found)
		}
	}
}
