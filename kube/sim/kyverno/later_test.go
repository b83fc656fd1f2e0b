package kyverno

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine"
	"podsec/kube/sim/api"
)

// allAllowed lets Kyverno's controllers do everything.
const allAllowed = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: all}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: all}
subjects: [{kind: ServiceAccount, name: kyverno-admission-controller, namespace: kyverno}, {kind: ServiceAccount, name: kyverno-background-controller, namespace: kyverno}, {kind: ServiceAccount, name: kyverno-reports-controller, namespace: kyverno}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
`

const copying = `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: copies}
spec:
  generateExisting: true
  rules:
  - name: copy
    match: {any: [{resources: {kinds: [Secret]}}]}
    generate:
      apiVersion: v1
      kind: ConfigMap
      name: copy
      namespace: "{{ request.object.metadata.namespace }}"
      synchronize: true
      clone: {namespace: default, name: base}
`

const (
	base   = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: base, namespace: default}\ndata: {colour: red}"
	secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: asks, namespace: team}"
)

// holds says whether a namespace has a ConfigMap.
func (c *testCluster) holds(namespace, name string) bool {
	_, err := c.client.Get(c.t.Context(), configMaps, namespace, name)
	return err == nil
}

// TestSourceThatCannotBeLabelled: a clone is made all the same, and somebody is told.
func TestSourceThatCannotBeLabelled(t *testing.T) {
	var mu sync.Mutex
	var told []string
	c := newClusterWith(t, func(o *Options) {
		o.Errors = func(err error) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, err.Error())
		}
	}, installedKyverno(t)...)
	if err := c.kyverno.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.mustApply(allAllowed + "---\n" + base)
	c.applyPolicies(copying + `---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: fixed}
spec:
  rules:
  - name: fixed
    match: {any: [{resources: {kinds: [ConfigMap], names: [base], operations: [UPDATE]}}]}
    validate: {failureAction: Enforce, message: base is fixed, deny: {}}
`)
	c.mustApply(secret)
	c.settle()
	if !c.holds("team", "copy") {
		t.Error("the clone is missing")
	}
	mu.Lock()
	defer mu.Unlock()
	if !slices.ContainsFunc(told, func(s string) bool { return strings.HasPrefix(s, "label the source of copy: ") }) {
		t.Errorf("told: %q", told)
	}
}

// TestUnchangedTrigger: an update that changes nothing is not looked for until it counts as refused.
func TestUnchangedTrigger(t *testing.T) {
	c := newKyvernoCluster(t)
	c.mustApply(allAllowed + "---\n" + base)
	c.applyPolicies(copying)
	c.mustApply(secret)
	c.settle()
	_, before := c.kyverno.background.rest()
	c.mustApply(secret)
	c.settle()
	if _, after := c.kyverno.background.rest(); after == before || after-before > maxTries/10 {
		t.Errorf("%d tasks for an update that changes nothing", after-before)
	}
}

// TestBackgroundControllerComesBack: a controller that starts is told of the policies that came while it was away.
func TestBackgroundControllerComesBack(t *testing.T) {
	c := newKyvernoCluster(t)
	c.mustApply(allAllowed + "---\n" + base + "\n---\n" + secret)
	c.scale("kyverno-background-controller", 1, 0)
	c.applyPolicies(copying)
	if c.holds("team", "copy") {
		t.Error("a controller without a pod makes a clone")
	}
	c.scale("kyverno-background-controller", 1, 1)
	c.settle()
	if !c.holds("team", "copy") {
		t.Error("the clone is missing after the controller came back")
	}
}

// TestRequestsWait: requests without a background controller are made up for when there is one, each by what is stored then.
func TestRequestsWait(t *testing.T) {
	c := newKyvernoCluster(t)
	c.mustApply(allAllowed + "---\n" + base)
	c.applyPolicies(strings.Replace(strings.Replace(copying, "generateExisting: true", "generateExisting: false", 1), "name: copy\n      namespace", `name: "copy-{{ request.object.metadata.name }}"`+"\n      namespace", 1))
	c.mustApply(secret)
	c.settle()
	if !c.holds("team", "copy-asks") {
		t.Fatal("the clone is missing")
	}
	c.scale("kyverno-background-controller", 1, 0)
	c.mustApply(strings.Replace(copying, "{name: copies}", "{name: ends}", 1))
	c.settle()
	c.mustApply(strings.Replace(secret, "asks", "later", 1))
	c.delete(clusterPolicies, "", "ends")
	c.mustApply(strings.Replace(secret, "asks", "gone", 1))
	c.delete(secretsResource, "team", "asks")
	c.delete(secretsResource, "team", "gone")
	c.settle()
	if c.holds("team", "copy-later") || !c.holds("team", "copy-asks") {
		t.Error("a controller without a pod acts on requests")
	}
	c.scale("kyverno-background-controller", 1, 1)
	c.settle()
	for name, want := range map[string]bool{"copy-later": true, "copy": false, "copy-asks": false, "copy-gone": false} {
		if got := c.holds("team", name); got != want {
			t.Errorf("%s is there: %t, want %t", name, got, want)
		}
	}
}

var secretsResource = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}

func TestEndsOfGenerated(t *testing.T) {
	rule := map[string]any{"generate": map[string]any{"synchronize": true}}
	result := func(status engine.Status, exceptions string) engine.RuleResult {
		return engine.RuleResult{Matched: status != "", Status: status, Properties: map[string]string{"exceptions": exceptions}}
	}
	pass, skip, excepted, none := result(engine.Pass, ""), result(engine.Skip, ""), result(engine.Skip, "x"), result("", "")
	for name, tc := range map[string]struct {
		operation api.Operation
		rule      map[string]any
		was, is   engine.RuleResult
		want      bool
	}{
		"matches as before":                {api.Update, rule, pass, pass, false},
		"does not match any more":          {api.Update, rule, pass, none, true},
		"did not match":                    {api.Update, rule, none, pass, false},
		"preconditions hold no more":       {api.Update, rule, pass, skip, true},
		"preconditions never held":         {api.Update, rule, skip, skip, false},
		"has an exception now":             {api.Update, rule, pass, excepted, false},
		"goes":                             {api.Delete, rule, pass, pass, true},
		"goes, with an exception":          {api.Delete, rule, excepted, excepted, false},
		"goes, whatever the preconditions": {api.Delete, rule, skip, skip, true},
		"does not synchronize":             {api.Update, map[string]any{}, pass, none, false},
	} {
		trigger := &trigger{review: &review{Attributes: &api.Attributes{Operation: tc.operation}}}
		if got := trigger.ends(tc.rule, tc.was, tc.is); got != tc.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestOwnRequests: what the background controller wrote itself concerns only rules that ask for it.
func TestOwnRequests(t *testing.T) {
	for skip, want := range map[string]bool{"true": false, "false": true} {
		object := parseObjects(t, strings.Replace(copying, "- name: copy", "- name: copy\n    skipBackgroundRequests: "+skip, 1))[0]
		p, err := compilePolicy(clusterPolicies, object)
		if err != nil {
			t.Fatal(err)
		}
		if got := (&trigger{own: true}).concerns(p); got != want {
			t.Errorf("skipBackgroundRequests %s: %t", skip, got)
		}
		if !(&trigger{}).concerns(p) {
			t.Error("a request of somebody else does not concern the policy")
		}
	}
}

// TestExistingOfTwoVersions: an object that is served in two versions is one.
func TestExistingOfTwoVersions(t *testing.T) {
	c := newKyvernoCluster(t)
	c.mustApply(gadgets)
	c.settle()
	gadget := schema.GroupVersionResource{Group: "example.com", Version: "v2", Resource: "gadgets"}
	object := parseObjects(t, "apiVersion: example.com/v2\nkind: Gadget\nmetadata: {name: one, namespace: team}")[0]
	if _, err := c.client.Create(t.Context(), gadget, object, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	p, err := compilePolicy(clusterPolicies, parseObjects(t, strings.Replace(copying, "[Secret]", "[Gadget, example.com/v1/Gadget]", 1))[0])
	if err != nil {
		t.Fatal(err)
	}
	var acted []string
	c.kyverno.forExisting(t.Context(), p, p.rules[0], func(_ context.Context, _ *policy, _ *trigger, subject *unstructured.Unstructured) {
		acted = append(acted, subject.GetName())
	})
	if want := []string{"one"}; !slices.Equal(acted, want) {
		t.Errorf("acted on %q, want %q", acted, want)
	}
}

const gadgets = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: gadgets, singular: gadget, kind: Gadget, listKind: GadgetList}
  versions:
  - {name: v1, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}
  - {name: v2, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
`
