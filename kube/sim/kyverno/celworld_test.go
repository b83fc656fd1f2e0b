package kyverno

import (
	"strings"
	"testing"
)

// postingVpol makes a ConfigMap for each that is made, and so without end.
const postingVpol = `
apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: {name: posts}
spec:
  validationActions: [Deny]
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}
  validations:
  - expression: >-
      resource.Post("v1", "configmaps", "team",
      {"apiVersion": dyn("v1"), "kind": dyn("ConfigMap"), "metadata": dyn({"name": "copy"})}).metadata.name == "copy"
`

// TestPostingWithoutEnd: what an expression creates is judged by the same expression, and that comes to an end.
func TestPostingWithoutEnd(t *testing.T) {
	c := newKyvernoCluster(t)
	c.mustApply(allAllowed)
	c.applyPolicies(postingVpol)
	err := c.apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: first, namespace: team}")
	if err == nil || !strings.Contains(err.Error(), errPosting.Error()) {
		t.Errorf("the first is answered %v", err)
	}
	if c.holds("team", "first") || c.holds("team", "copy") {
		t.Error("what was refused is stored")
	}
	if left := c.kyverno.posting.Load(); left != 0 {
		t.Errorf("%d objects are being created still", left)
	}
}
