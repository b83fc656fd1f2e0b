package kyverno

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var podsResource = schema.GroupVersionResource{Version: "v1", Resource: "pods"}

const requireTeam = `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: require-team}
spec:
  rules:
  - name: team
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      failureAction: Enforce
      message: Every pod names its team
      pattern: {metadata: {labels: {team: "?*"}}}
`

func pod(name, namespace, labels string) string {
	return `
apiVersion: v1
kind: Pod
metadata: {name: ` + name + `, namespace: ` + namespace + `, labels: {` + labels + `}}
spec: {containers: [{name: c, image: "nginx:1"}]}
`
}

func TestDenial(t *testing.T) {
	c := newKyvernoCluster(t)
	c.applyPolicies(requireTeam)
	err := c.apply(pod("p", "team", "app: web"))
	want := `admission webhook "validate.kyverno.svc-fail" denied the request: 

resource Pod/team/p was blocked due to the following policies 

require-team:
  team: 'validation error: Every pod names its team. rule team failed at path /metadata/labels/team/'
`
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("the answer is %v, want …%s", err, want)
	}
	c.mustApply(pod("q", "team", "team: a"))
	c.mustApply(pod("p", "kyverno", "app: web"))
	c.mustApply(pod("p", "kube-system", "app: web"))
	c.settle()
	blocked := []string{"kyverno-admission ClusterPolicy/require-team Pod team/p: [team] fail (blocked); validation error: Every pod names its team. rule team failed at path /metadata/labels/team/"}
	var got []string
	for _, e := range c.eventsIn("default") {
		if strings.Contains(e, "(blocked)") {
			got = append(got, e)
		}
	}
	if diff := cmp.Diff(blocked, got); diff != "" {
		t.Error(diff)
	}
	if report := c.reportOn(podsResource, "team", "q"); report != "require-team/team pass (background scan): validation rule 'team' passed.\n" {
		t.Errorf("the report says %q", report)
	}
}

func TestDryRunBlocksAndTellsToo(t *testing.T) {
	c := newKyvernoCluster(t)
	c.applyPolicies(requireTeam)
	before := len(c.eventsIn("default"))
	object := parseObjects(t, pod("p", "default", "app: web"))[0]
	if _, err := c.client.Create(t.Context(), podsResource, object, metav1.CreateOptions{DryRun: []string{"All"}}); err == nil {
		t.Error("a dry run is not blocked")
	}
	c.settle()
	if after := len(c.eventsIn("default")); after != before+1 {
		t.Errorf("%d events after a blocked dry run", after-before)
	}
}

func TestPolicyStatus(t *testing.T) {
	c := newKyvernoCluster(t)
	c.applyPolicies(requireTeam)
	c.mustApply("apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: nothing}\nspec: {rules: []}")
	c.settle()
	stored, err := c.client.Get(t.Context(), clusterPolicies, "", "require-team")
	if err != nil {
		t.Fatal(err)
	}
	status := nested(stored.Object, "status")
	var generated []string
	for _, rule := range objects(nested(status, "autogen"), "rules") {
		generated = append(generated, text(rule, "name"))
	}
	if diff := cmp.Diff([]string{"autogen-team", "autogen-cronjob-team"}, generated); diff != "" {
		t.Error(diff)
	}
	delete(status, "autogen")
	want := map[string]any{
		"conditions":                []any{map[string]any{"type": "Ready", "status": "True", "reason": "Succeeded", "message": "Ready", "lastTransitionTime": "2026-03-01T12:00:00Z"}},
		"rulecount":                 map[string]any{"validate": int64(1), "mutate": int64(0), "generate": int64(0), "verifyimages": int64(0)},
		"validatingadmissionpolicy": map[string]any{"generated": false, "message": ""},
	}
	if diff := cmp.Diff(want, status); diff != "" {
		t.Error(diff)
	}
	empty, err := c.client.Get(t.Context(), clusterPolicies, "", "nothing")
	if err != nil || empty.Object["status"] != nil {
		t.Errorf("a policy without rules has status %v (%v)", empty.Object["status"], err)
	}
}
