package kyverno

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"podsec/kube/sim/api"
)

func userInfo(name string, groups ...string) authenticationv1.UserInfo {
	return authenticationv1.UserInfo{Username: name, Groups: groups}
}

// attributes is a request to create the object.
func (c *testCluster) attributes(object *unstructured.Unstructured, user string, groups ...string) *api.Attributes {
	c.t.Helper()
	return &api.Attributes{
		UID: types.UID("request-" + object.GetName()), Operation: api.Create, Kind: object.GroupVersionKind(), Resource: c.resourceOf(object),
		Namespace: object.GetNamespace(), Name: object.GetName(), Object: object, User: userInfo(user, groups...),
	}
}

func TestReviewPaths(t *testing.T) {
	c := newKyvernoCluster(t)
	c.applyPolicies(requireTeam)
	service, ok := c.kyverno.Lookup("kyverno", "kyverno-svc")
	if !ok {
		t.Fatal("no service")
	}
	bare := func() *api.Attributes {
		return c.attributes(parseObjects(t, pod("p", "team", "app: web"))[0], "kubernetes-admin")
	}
	for path, want := range map[string]string{
		"/validate/fail":                          "denied",
		"/validate/ignore":                        "allowed",
		"/validate/fail/finegrained/require-team": "denied",
		"/validate/fail/finegrained/other":        "allowed",
		"/mutate/fail":                            "allowed",
		"/mutate/ignore":                          "allowed",
		"/policymutate":                           "allowed",
		"/policyvalidate":                         "allowed",
		"/verifymutate":                           "allowed",
		"/exceptionvalidate":                      "allowed",
		"/celexception/validate":                  "allowed",
		"/globalcontextvalidate":                  "allowed",
		"/validate":                               "error",
		"/validate/other":                         "error",
		"/mutate":                                 "error",
		"/celexception/other":                     "error",
		"/":                                       "error",
		"":                                        "error",
	} {
		answer, err := service.Review(t.Context(), path, bare())
		got := "denied"
		switch {
		case err != nil:
			got = "error"
		case answer.Allowed:
			got = "allowed"
		}
		if got != want {
			t.Errorf("%q: %s, want %s (%v)", path, got, want, err)
		}
	}
	for name, edit := range map[string]func(*api.Attributes){
		"node":       func(a *api.Attributes) { a.User = userInfo("system:node:node-1", "system:nodes") },
		"namespace":  func(a *api.Attributes) { a.Namespace = "kube-system" },
		"own kind":   func(a *api.Attributes) { a.Kind.Kind = "UpdateRequest" },
		"deletion":   func(a *api.Attributes) { a.Operation, a.OldObject, a.Object = api.Delete, a.Object, nil },
		"other kind": func(a *api.Attributes) { a.Kind.Kind, a.Resource = "ConfigMap", configMaps },
	} {
		a := bare()
		edit(a)
		if answer, err := service.Review(t.Context(), "/validate/fail", a); err != nil || !answer.Allowed {
			t.Errorf("%s: %+v, %v", name, answer, err)
		}
	}
	a := bare()
	a.Operation, a.OldObject, a.Object = api.Delete, a.Object, nil
	if answer, err := service.Review(t.Context(), "/mutate/fail", a); err != nil || !answer.Allowed || answer.Object != nil {
		t.Errorf("mutation of a deletion: %+v, %v", answer, err)
	}
}

func TestCleanupService(t *testing.T) {
	c := newKyvernoCluster(t)
	c.settle() // Kyverno is ready when the admission controller is; the other Deployments may not have been seen yet
	service, ok := c.kyverno.Lookup("kyverno", "kyverno-cleanup-controller")
	if !ok {
		t.Fatal("no service")
	}
	for ttl, warned := range map[string]bool{"20s": false, "2026-03-01": false, "2026-03-01T101010Z": false, "banana": true} {
		object := parseObjects(t, pod("p", "team", `cleanup.kyverno.io/ttl: "`+ttl+`"`))[0]
		answer, err := service.Review(t.Context(), "/verifyttl", c.attributes(object, "me"))
		if err != nil || !answer.Allowed || (len(answer.Warnings) > 0) != warned {
			t.Errorf("%s: %+v, %v", ttl, answer, err)
		}
	}
	const want = `cleanup.kyverno.io/ttl label value cannot be parsed as any recognizable format (parsing time "banana" as "2006-01-02": cannot parse "banana" as "2006")`
	c.mustApply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: short, namespace: team, labels: {cleanup.kyverno.io/ttl: banana}}")
	object := parseObjects(t, pod("p", "team", "cleanup.kyverno.io/ttl: banana"))[0]
	if answer, _ := service.Review(t.Context(), "/verifyttl", c.attributes(object, "me")); !cmp.Equal(answer.Warnings, []string{want}) {
		t.Errorf("the warnings are %q", answer.Warnings)
	}
	for path, known := range map[string]bool{"/validate": true, "/other": false} {
		if _, err := service.Review(t.Context(), path, c.attributes(object, "me")); (err == nil) != known {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, ok := c.kyverno.Lookup("kyverno", "kyverno-reports-controller-metrics"); ok {
		t.Error("the reports controller answers webhooks")
	}
	if _, ok := c.kyverno.Lookup("default", "kyverno-svc"); ok {
		t.Error("a service answers in another namespace")
	}
}

func TestPolicyWebhook(t *testing.T) {
	c := newKyvernoCluster(t)
	err := c.apply(strings.Replace(requireTeam, "pattern: {metadata: {labels: {team: \"?*\"}}}", "pattern: {spec: {+(hostNetwork): false}}", 1))
	if err == nil || !strings.Contains(err.Error(), `admission webhook "validate-policy.kyverno.svc" denied the request: path: spec.rules[0].validate.pattern`) {
		t.Errorf("a wrong policy is answered %v", err)
	}
	c.settle()
	if found := c.kyverno.policies.list(nil); len(found) != 0 {
		t.Errorf("there are %d policies", len(found))
	}
}

func TestNamespacedPolicy(t *testing.T) {
	c := newKyvernoCluster(t)
	c.applyPolicies(strings.NewReplacer("ClusterPolicy", "Policy", "name: require-team", "name: require-team, namespace: team").Replace(requireTeam))
	c.mustApply(pod("p", "default", "app: web"))
	if err := c.apply(pod("p", "team", "app: web")); err == nil {
		t.Error("the policy does not hold in its namespace")
	}
	c.mustApply(pod("q", "team", "team: a"))
	c.settle()
	if got := c.reportOn(podsResource, "team", "q"); !strings.HasPrefix(got, "team/require-team/team pass") {
		t.Errorf("the report says %q", got)
	}
	if got := c.reportOn(podsResource, "default", "p"); got != "" {
		t.Errorf("the report elsewhere says %q", got)
	}
	want := []string{"kyverno-admission Policy/require-team Pod team/p: [team] fail (blocked); validation error: Every pod names its team. rule team failed at path /metadata/labels/team/"}
	if diff := cmp.Diff(want, c.eventsIn("team")); diff != "" {
		t.Error(diff)
	}
}

const exception = `
apiVersion: kyverno.io/v2
kind: PolicyException
metadata: {name: old-pods, namespace: team}
spec:
  exceptions: [{policyName: require-team, ruleNames: [team]}]
  match: {any: [{resources: {kinds: [Pod], names: ["old-*"]}}]}
`

func TestExceptions(t *testing.T) {
	for name, test := range map[string]struct {
		arguments []string
		warning   string
		counts    bool
	}{
		"as the chart installs it": {[]string{"--enablePolicyException=false"}, exceptionsDisabled, false},
		"nowhere":                  {[]string{"--enablePolicyException=true"}, exceptionsNowhere, false},
		"elsewhere":                {[]string{"--enablePolicyException=true", "--exceptionNamespace=other"}, exceptionElsewhereText, false},
		"here":                     {[]string{"--enablePolicyException=true", "--exceptionNamespace=team"}, "", true},
		"everywhere":               {[]string{"--exceptionNamespace=*"}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			c := newKyvernoCluster(t)
			c.setArguments("kyverno-admission-controller", test.arguments)
			c.applyPolicies(requireTeam)
			c.mustApply(exception)
			c.settle()
			service, _ := c.kyverno.Lookup("kyverno", "kyverno-svc")
			answer, err := service.Review(t.Context(), exceptionPath, c.attributes(parseObjects(t, exception)[0], "me"))
			want := deprecated("PolicyException")
			if test.warning != "" {
				want = test.warning + "\n" + want
			}
			if err != nil || strings.Join(answer.Warnings, "\n") != want {
				t.Errorf("writing the exception warns %q (%v), want %q", answer.Warnings, err, want)
			}
			if err := c.apply(pod("old-one", "team", "app: web")); (err == nil) != test.counts {
				t.Errorf("the excepted pod is answered %v", err)
			}
			if err := c.apply(pod("new-one", "team", "app: web")); err == nil {
				t.Error("a pod that is not excepted may be created")
			}
		})
	}
}

// setArguments replaces the arguments of a controller's container.
func (c *testCluster) setArguments(name string, arguments []string) {
	c.t.Helper()
	stored, err := c.client.Get(c.t.Context(), deployments, "kyverno", name)
	if err != nil {
		c.t.Fatal(err)
	}
	changed := stored.DeepCopy()
	args := make([]any, len(arguments))
	for i, argument := range arguments {
		args[i] = argument
	}
	list(nested(changed.Object, "spec", "template", "spec"), "containers")[0].(map[string]any)["args"] = args
	if _, err := c.client.Update(c.t.Context(), deployments, changed, ""); err != nil {
		c.t.Fatal(err)
	}
	c.settle()
}
