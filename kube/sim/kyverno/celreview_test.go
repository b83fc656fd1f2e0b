package kyverno

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"podsec/engine/celpolicy/stored"
	"podsec/kube/sim/api"
)

// teamVpol refuses pods without a team.
const teamVpol = `
apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: {name: require-team}
spec:
  validationActions: [Deny]
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [pods]}
  validations:
  - expression: has(object.metadata.labels) && 'team' in object.metadata.labels
    message: A pod names its team.
`

const celException = `
apiVersion: policies.kyverno.io/v1
kind: PolicyException
metadata: {name: legacy-pods, namespace: team}
spec:
  policyRefs: [{name: require-team, kind: ValidatingPolicy}]
  matchConditions: [{name: old, expression: object.metadata.name.startsWith('old')}]
`

// TestCELExceptions lets exceptions come and go, and the Deployment say whether they count.
func TestCELExceptions(t *testing.T) {
	c := newKyvernoCluster(t)
	c.mustApply(allAllowed)
	c.applyPolicies(teamVpol)
	expect := func(when string, admitted bool) {
		t.Helper()
		c.settle()
		err := c.apply(pod("old-"+when, "team", "app: web"))
		if (err == nil) != admitted {
			t.Errorf("%s the excepted pod is answered %v", when, err)
		}
	}
	c.mustApply(celException)
	expect("off", false)
	c.setArguments("kyverno-admission-controller", []string{"--enablePolicyException=true"})
	expect("on", true)
	if err := c.apply(pod("new-one", "team", "app: web")); err == nil {
		t.Error("a pod that is not excepted may be created")
	}
	c.settle()
	const want = "require-team/exception skip (background scan): rule is skipped due to policy exception: team/legacy-pods\n"
	if diff := cmp.Diff(want, c.reportOn(podsResource, "team", "old-on")); diff != "" {
		t.Error(diff)
	}
	c.setArguments("kyverno-admission-controller", []string{"--enablePolicyException=true", "--exceptionNamespace=other"})
	expect("elsewhere", false)
	c.setArguments("kyverno-admission-controller", []string{"--exceptionNamespace=*"})
	expect("everywhere", true)
	c.delete(celExceptions, "team", "legacy-pods")
	expect("gone", false)
}

// What a policy warns of, and what several policies say of one request, in the words of Kyverno 1.19.1.
func TestCELVerdicts(t *testing.T) {
	c := newKyvernoCluster(t)
	c.applyPolicies(`
apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: {name: deny-a}
spec:
  validationActions: [Deny, Warn]
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}
  validations:
  - {expression: "object.metadata.name != 'a'", message: not a}
---
apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: {name: deny-b}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}
  validations:
  - {expression: "object.metadata.name != 'a'", message: "b says\nno\n"}
---
apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: {name: runtime-error}
spec:
  validationActions: [Warn]
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}
  validations:
  - {expression: "object.data.password == 'x'", message: the password is x}
`)
	service, _ := c.kyverno.Lookup("kyverno", "kyverno-svc")
	object := parseObjects(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: team}\ndata: {user: me}")[0]
	answer, err := service.Review(t.Context(), "/vpol/deny-a/deny-b/runtime-error", c.attributes(object, "me"))
	if err != nil {
		t.Fatal(err)
	}
	want := api.Review{
		Message:  "Policy deny-a failed: not a; Policy deny-b failed: b says\nno\n",
		Warnings: []string{"Policy deny-a failed: not a", "Policy runtime-error error: error: no such key: password"},
	}
	if diff := cmp.Diff(want, answer); diff != "" {
		t.Error(diff)
	}
	if answer, err := service.Review(t.Context(), "/vpol/deny-b", c.attributes(object, "me")); err != nil || !strings.HasPrefix(answer.Message, "Policy deny-b failed: b says") {
		t.Errorf("%+v, %v", answer, err)
	}
	for path, a := range map[string]*api.Attributes{
		"/vpol/other":   c.attributes(object, "me"),
		"/nvpol/deny-a": c.attributes(object, "me"),
		"/vpol/deny-a":  c.attributes(object, "system:node:node-1", "system:nodes"),
		"/mpol/deny-a":  c.attributes(object, "me"),
	} {
		if answer, err := service.Review(t.Context(), path, a); err != nil || !answer.Allowed {
			t.Errorf("%s: %+v, %v", path, answer, err)
		}
	}
}

// A cluster without such policies watches none, a policy that was there before Kyverno is found, and one that goes is forgotten.
func TestCELIsWatchedWhenUsed(t *testing.T) {
	c := newKyvernoCluster(t)
	c.settle()
	watched := func() (found []string) {
		for _, kind := range c.kyverno.cel.kinds {
			if c.kyverno.cel.uses(kind.Resource) {
				found = append(found, kind.Kind)
			}
		}
		return found
	}
	if got := watched(); len(got) > 0 {
		t.Errorf("without policies %v are watched", got)
	}
	c.applyPolicies(teamVpol)
	if diff := cmp.Diff([]string{"ValidatingPolicy"}, watched()); diff != "" {
		t.Error(diff)
	}
	c.delete(c.resourceOf(parseObjects(t, teamVpol)[0]), "", "require-team")
	c.settle()
	if left := c.kyverno.cel.list(nil); len(left) > 0 {
		t.Errorf("%d policies are left", len(left))
	}
	if err := c.apply(pod("free", "team", "app: web")); err != nil {
		t.Error(err)
	}

	c.applyPolicies(teamVpol)
	kind := stored.Resource("validatingpolicies")
	c.kyverno.discovery.set("validatingpolicies.policies.kyverno.io", nil)
	if _, gone := c.kyverno.watchedCEL(t.Context()); !slices.Contains(gone, kind) || len(c.kyverno.cel.list(nil)) != 1 {
		t.Errorf("%d policies are left while somebody may tell of them, gone are %v", len(c.kyverno.cel.list(nil)), gone)
	}
	c.delete(definitions, "", "validatingpolicies.policies.kyverno.io")
	c.settle()
	if left := c.kyverno.cel.list(nil); len(left) > 0 || c.kyverno.cel.uses(kind) {
		t.Errorf("%d policies of a kind that is gone are left", len(left))
	}

	before := parseObjects(t, teamVpol)[0]
	restored := newClusterWith(t, func(*Options) {}, append(installedKyverno(t), before)...)
	restored.eventually("a policy that was there is in force", func() bool {
		stored, err := restored.client.Get(t.Context(), restored.resourceOf(before), "", before.GetName())
		return err == nil && restored.inForce(stored)
	})
	restored.settle()
	if err := restored.apply(pod("bare", "team", "app: web")); err == nil {
		t.Error("a policy that was there before Kyverno refuses nothing")
	}
}
