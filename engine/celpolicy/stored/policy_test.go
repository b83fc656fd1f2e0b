package stored

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"podsec/engine"
	"podsec/engine/celpolicy"
)

func parse(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(data); err != nil {
		t.Fatal(err)
	}
	return object
}

func kindNamed(t *testing.T, name string) *Kind {
	t.Helper()
	for _, kind := range Kinds() {
		if kind.Kind == name {
			return kind
		}
	}
	t.Fatalf("no kind %s", name)
	return nil
}

// made returns the policies of documents, all of one kind.
func made(t *testing.T, exceptions []*unstructured.Unstructured, texts ...string) []*Policy {
	t.Helper()
	var policies []*Policy
	var kind *Kind
	for _, text := range texts {
		object := parse(t, text)
		if kind == nil {
			kind = kindNamed(t, object.GetKind())
		}
		p, err := New(kind, object, exceptions, &celpolicy.World{})
		if err != nil {
			t.Fatal(err)
		}
		policies = append(policies, p)
	}
	return policies
}

const configMaps = `
apiVersion: policies.kyverno.io/v1beta1
kind: ValidatingPolicy
metadata: {name: NAME}
spec:
  SPEC
  matchConstraints:
    CONSTRAINT
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: [UPDATE, CREATE], resources: [configmaps]}
  validations: [{expression: "has(object.data)"}]
`

func configMapPolicy(name, spec, constraint string) string {
	return strings.NewReplacer("NAME", name, "SPEC", spec, "CONSTRAINT", constraint).Replace(configMaps)
}

// Policies share a webhook unless they ask for conditions, a timeout or exact matching; those with other selectors have
// webhooks with a digest in their names.
func TestWebhooks(t *testing.T) {
	type summary struct {
		Name, Path, Failure string
		Rules, Conditions   int
		Namespace, Object   string
	}
	describe := func(webhooks []Webhook) []summary {
		var out []summary
		for _, w := range webhooks {
			out = append(out, summary{w.Name, w.Path, string(w.FailurePolicy), len(w.Rules), len(w.MatchConditions),
				metav1.FormatLabelSelector(w.NamespaceSelector), metav1.FormatLabelSelector(w.ObjectSelector)})
		}
		return out
	}
	selectors := Selectors{Namespace: &metav1.LabelSelector{MatchLabels: map[string]string{"all": "yes"}}}
	plain := configMapPolicy("plain", "", "")
	ignoring := configMapPolicy("ignoring", "failurePolicy: Ignore", "")
	exact := configMapPolicy("exact", "", "matchPolicy: Exact")
	selecting := configMapPolicy("selecting", "", "namespaceSelector: {matchLabels: {tier: web}}")
	objects := configMapPolicy("objects", "", "objectSelector: {matchLabels: {app: a}}")
	conditional := configMapPolicy("conditional", `matchConditions: [{name: a, expression: "object.kind == 'ConfigMap'"}, {name: b, expression: "namespaceObject.metadata.name == 'a'"}]`, "")
	kyvernos := configMapPolicy("kyvernos", `matchConditions: [{name: a, expression: "resource.Get('v1', 'pods', 'a', 'b') == null"}]`, "")
	idle := configMapPolicy("idle", "evaluation: {admission: {enabled: false}}", "")
	for name, c := range map[string]struct {
		policies []string
		want     []summary
	}{
		"none": {[]string{idle}, nil},
		"two failure": {[]string{plain, ignoring}, []summary{
			{"vpol.validate.kyverno.svc-fail", "/vpol/ignoring/plain", "Fail", 1, 0, "all=yes", "<none>"},
			{"vpol.validate.kyverno.svc-ignore", "/vpol/ignoring/plain", "Ignore", 1, 0, "all=yes", "<none>"},
		}},
		"same rules": {[]string{plain, configMapPolicy("other", "", "")}, []summary{
			{"vpol.validate.kyverno.svc-fail", "/vpol/other/plain", "Fail", 1, 0, "all=yes", "<none>"},
		}},
		"alone": {[]string{exact, conditional}, []summary{
			{"vpol.validate.kyverno.svc-fail-finegrained-exact", "/vpol/exact", "Fail", 1, 0, "all=yes", "<none>"},
			{"vpol.validate.kyverno.svc-fail-finegrained-conditional", "/vpol/conditional", "Fail", 1, 1, "all=yes", "<none>"},
		}},
		"conditions that the API server does not know": {[]string{kyvernos}, []summary{
			{"vpol.validate.kyverno.svc-fail", "/vpol/kyvernos", "Fail", 1, 0, "all=yes", "<none>"},
		}},
		"selectors": {[]string{plain, selecting, objects}, []summary{
			{"vpol.validate.kyverno.svc-fail-184d2a8a", "/vpol/objects", "Fail", 1, 0, "all=yes", "app=a"},
			{"vpol.validate.kyverno.svc-fail-7ee01dcc", "/vpol/selecting", "Fail", 1, 0, "all=yes,tier=web", "<none>"},
			{"vpol.validate.kyverno.svc-fail-c9988031", "/vpol/plain", "Fail", 1, 0, "all=yes", "<none>"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			policies := made(t, nil, c.policies...)
			if diff := cmp.Diff(c.want, describe(Webhooks(policies[0].Kind(), policies, selectors))); diff != "" {
				t.Error(diff)
			}
			if other := Webhooks(kindNamed(t, "MutatingPolicy"), policies, selectors); len(other) > 0 {
				t.Errorf("another kind has webhooks: %v", other)
			}
		})
	}
}

// What a status says, by what is known of the policy; the time of a condition stays while it holds.
func TestStatus(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 5, time.UTC)
	yes := func(string, schema.GroupVersionResource) bool { return true }
	conditions := func(status map[string]any) (out []string) {
		list, _, _ := unstructured.NestedSlice(status, "conditionStatus", "conditions")
		for _, item := range list {
			c := item.(map[string]any)
			out = append(out, c["type"].(string)+" "+c["status"].(string)+" "+c["lastTransitionTime"].(string)+" "+c["message"].(string))
		}
		return out
	}
	const (
		configured = "WebhookConfigured True 2026-03-01T12:00:00Z Webhook configured."
		reporting  = "RBACPermissionsGranted True 2026-03-01T12:00:00Z Policy is ready for reporting."
	)
	for name, c := range map[string]struct {
		spec       string
		registered bool
		want       []string
		ready      bool
	}{
		"registered":     {"", true, []string{configured, reporting}, true},
		"not registered": {"", false, []string{"WebhookConfigured False 2026-03-01T12:00:00Z Policy is not configured in the webhook.", reporting}, false},
		"scans only":     {"evaluation: {admission: {enabled: false}}", false, []string{reporting}, true},
		"no scans": {"evaluation: {background: {enabled: false}}", true, []string{
			configured, "RBACPermissionsGranted True 2026-03-01T12:00:00Z Background scanning disabled; reporting permissions not required.",
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := made(t, nil, configMapPolicy("p", c.spec, ""))[0]
			facts := Facts{Now: now, Registered: c.registered, May: yes}
			status, err := p.Status(nil, facts)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, conditions(status)); diff != "" {
				t.Error(diff)
			}
			if ready, _, _ := unstructured.NestedBool(status, "conditionStatus", "ready"); ready != c.ready {
				t.Errorf("ready is %v", ready)
			}
			facts.Now = now.Add(time.Hour)
			again, err := p.Status(status, facts)
			if diff := cmp.Diff(status, again); diff != "" || err != nil {
				t.Errorf("later it is another: %v\n%s", err, diff)
			}
		})
	}
}

// Which exceptions matter to a policy, and that a policy that cannot be compiled judges nothing.
func TestNew(t *testing.T) {
	exception := parse(t, `
apiVersion: policies.kyverno.io/v1beta1
kind: PolicyException
metadata: {name: e, namespace: team}
spec:
  policyRefs: [{name: p, kind: ValidatingPolicy}]
`)
	text := configMapPolicy("p", "", "")
	own, other := made(t, nil, text)[0], made(t, nil, configMapPolicy("q", "", ""))[0]
	all := []*unstructured.Unstructured{exception}
	if !own.Concerned(all) || other.Concerned(all) || own.Concerned(nil) {
		t.Error("the wrong policy is concerned")
	}
	if excepted := made(t, all, text)[0]; !excepted.Concerned(nil) {
		t.Error("a policy with an exception is not concerned when that goes")
	}
	request := &celpolicy.Request{Resource: parse(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: team}"), Operation: "CREATE"}
	request.Kind, request.Plural = request.Resource.GroupVersionKind(), schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	judged := func(text string) (statuses []engine.Status) {
		_, verdicts, err := Judge(t.Context(), made(t, nil, text), request)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range verdicts {
			for _, rule := range v.Rules {
				statuses = append(statuses, rule.Status)
			}
		}
		return statuses
	}
	if diff := cmp.Diff([]engine.Status{engine.Fail}, judged(text)); diff != "" {
		t.Error(diff)
	}
	if got := judged(strings.Replace(text, "has(object.data)", "has(object.", 1)); len(got) > 0 {
		t.Errorf("a policy that cannot be compiled says %v", got)
	}
	if _, err := New(kindNamed(t, "ValidatingPolicy"), parse(t, "apiVersion: a/v1\nkind: ValidatingPolicy\nmetadata: {name: p}\nspec: text"), nil, &celpolicy.World{}); err == nil {
		t.Error("a policy without a spec can be read")
	}
}
