package cli

import (
	"bytes"
	"strings"
	"testing"

	"podsec/kube"
	"podsec/kube/live"
	"podsec/kube/sim"
)

// leftover is what a Kyverno of somebody leaves behind that goes in a hurry.
const leftover = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: kyverno-resource-validating-webhook-cfg, labels: {webhook.kyverno.io/managed-by: kyverno}}
webhooks:
- name: validate.kyverno.svc-fail
  admissionReviewVersions: [v1]
  sideEffects: None
  clientConfig: {service: {name: kyverno-svc, namespace: kyverno}}
  rules: [{apiGroups: [""], apiVersions: [v1], resources: [configmaps], operations: [CREATE, DELETE]}]
---
apiVersion: v1
kind: Namespace
metadata: {name: made, labels: {podsec.dev/workshop: made}}`

// TestCleanBesideForeignKyverno: what the workshop made goes, the webhooks of somebody's Kyverno stay, and are spoken of.
func TestCleanBesideForeignKyverno(t *testing.T) {
	c, err := sim.Start(t.Context(), sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	objects, err := kube.Decode([]byte(leftover))
	if err != nil {
		t.Fatal(err)
	}
	applier, err := kube.NewApplier(c.Config())
	if err != nil {
		t.Fatal(err)
	}
	if err := applier.Apply(t.Context(), objects...); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"removed Namespace/made", "Nothing of the workshop is on"} {
		command := Clean(&Connection{Context: "podsec", Kubeconfig: c.Kubeconfig(), Yes: true}, t.TempDir)
		var out bytes.Buffer
		command.SetOut(&out)
		command.SetArgs(nil)
		if err := command.ExecuteContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{want, "1 of its webhooks are registered", live.RemoveWebhooks} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("it does not say %q:\n%s", want, &out)
			}
		}
	}
}
