package policies_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"podsec/kube/sim/admission/policies"
	"podsec/kube/sim/api"
	"podsec/kube/sim/apiserver"
	"podsec/kube/sim/kinds"
)

// cluster is an API server with the policies as its only admission, and a namespace shop.
type cluster struct {
	t      testing.TB
	server *apiserver.Server
	client api.Client
	step   *policies.Policies
}

func newCluster(t testing.TB) *cluster {
	t.Helper()
	server, err := apiserver.New(apiserver.Options{Kinds: kinds.All()})
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, server: server, client: server.Client(), step: policies.New(server.Client(), server.Catalog())}
	server.SetAdmission(c.step)
	c.apply("{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {zone: a}}}")
	return c
}

func parse(t testing.TB, text string) *unstructured.Unstructured {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(data); err != nil {
		t.Fatal(err)
	}
	return u
}

// resourceOf is where the objects of the tests are.
func resourceOf(kind schema.GroupVersionKind) schema.GroupVersionResource {
	plural := strings.ToLower(kind.Kind) + "s"
	if strings.HasSuffix(plural, "ys") {
		plural = strings.TrimSuffix(plural, "ys") + "ies"
	}
	return kind.GroupVersion().WithResource(plural)
}

// create creates the object of a YAML document.
func (c *cluster) create(text string) (*unstructured.Unstructured, error) {
	obj := parse(c.t, text)
	return c.client.Create(context.Background(), resourceOf(obj.GroupVersionKind()), obj, metav1.CreateOptions{})
}

// apply creates objects that must be accepted.
func (c *cluster) apply(text string) {
	c.t.Helper()
	for document := range strings.SplitSeq(text, "\n---\n") {
		if _, err := c.create(document); err != nil {
			c.t.Fatalf("create %s: %v", document, err)
		}
	}
}

// policy is a ValidatingAdmissionPolicy about ConfigMaps with a binding of its name; rules are fields of its spec.
func policy(name, rules string) string {
	return strings.NewReplacer("NAME", name, "RULES", rules).Replace(`apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: NAME}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [configmaps]}]}
  RULES
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: NAME}
spec: {policyName: NAME, validationActions: [Deny]}`)
}

func configMap(name, data string) string {
	return "{apiVersion: v1, kind: ConfigMap, metadata: {name: " + name + ", namespace: shop}, data: " + data + "}"
}

// TestRefusals holds what is said of a request that a policy refuses, and how.
func TestRefusals(t *testing.T) {
	const by = `configmaps "c" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: `
	for name, test := range map[string]struct {
		rules  string
		want   string
		reason metav1.StatusReason
		code   int32
	}{
		"a message":               {"validations: [{expression: 'false', message: ' not this '}]", by + "not this", metav1.StatusReasonInvalid, 422},
		"no message":              {"validations: [{expression: object.data.v == '2'}]", by + "failed expression: object.data.v == '2'", metav1.StatusReasonInvalid, 422},
		"a reason":                {"validations: [{expression: 'false', message: never, reason: Forbidden}]", by + "never", metav1.StatusReasonForbidden, 403},
		"too large":               {"validations: [{expression: 'false', message: never, reason: RequestEntityTooLarge}]", by + "never", metav1.StatusReasonRequestEntityTooLarge, 413},
		"a message made":          {"validations: [{expression: 'false', messageExpression: \"'n is ' + object.data.v\"}]", by + "n is 1", metav1.StatusReasonInvalid, 422},
		"a message not made":      {"validations: [{expression: 'false', messageExpression: string(object.data.x), message: other}]", by + "other", metav1.StatusReasonInvalid, 422},
		"the first of several":    {"validations: [{expression: 'true'}, {expression: 'false', message: one}, {expression: 'false', message: two}]", by + "one", metav1.StatusReasonInvalid, 422},
		"an error":                {"validations: [{expression: object.data.x == 'y'}]", by + "expression 'object.data.x == 'y'' resulted in error: no such key: x", metav1.StatusReasonInvalid, 422},
		"an error that may be":    {"failurePolicy: Ignore\n  validations: [{expression: object.data.x == 'y'}]", "", "", 0},
		"a condition":             {"matchConditions: [{name: two, expression: object.data.v == '2'}]\n  validations: [{expression: 'false'}]", "", "", 0},
		"a wrong condition":       {"matchConditions: [{name: two, expression: object.data.x == '2'}]\n  validations: [{expression: 'false'}]", by + "expression 'object.data.x == '2'' resulted in error: no such key: x", metav1.StatusReasonInvalid, 422},
		"variables":               {"variables: [{name: a, expression: object.data.v}, {name: b, expression: variables.a + '!'}]\n  validations: [{expression: variables.b == '2!', messageExpression: variables.b}]", by + "1!", metav1.StatusReasonInvalid, 422},
		"the namespace":           {"validations: [{expression: namespaceObject.metadata.labels.zone == 'b', messageExpression: namespaceObject.metadata.labels.zone}]", by + "a", metav1.StatusReasonInvalid, 422},
		"parameters of no kind":   {"paramKind: {apiVersion: example.com/v1, kind: Limit}\n  validations: [{expression: 'true'}]", `configmaps "c" is forbidden: ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'example.com/v1, Kind=Limit'`, metav1.StatusReasonInvalid, 422},
		"parameters not asked":    {"paramKind: {apiVersion: v1, kind: Secret}\n  validations: [{expression: params == null}]", "", "", 0},
		"an annotation not made":  {"auditAnnotations: [{key: k, valueExpression: string(object.data.x)}]", by + "expression 'string(object.data.x)' resulted in error: no such key: x", metav1.StatusReasonInvalid, 422},
		"who asks is allowed all": {"validations: [{expression: \"authorizer.group('').resource('pods').check('delete').allowed()\"}]", "", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t)
			c.apply(policy("p", test.rules))
			_, err := c.create(configMap("c", "{v: '1'}"))
			refused(t, err, test.want, test.reason, test.code)
		})
	}
}

// refused compares an error with the Status that is wanted; "" is no error.
func refused(t *testing.T, err error, want string, reason metav1.StatusReason, code int32) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Errorf("refused: %v", err)
		}
		return
	}
	status := apierrors.APIStatus(nil)
	if !errors.As(err, &status) {
		t.Fatalf("error is %v, want %s", err, want)
	}
	got := status.Status()
	if diff := cmp.Diff([]any{want, reason, code}, []any{got.Message, got.Reason, got.Code}); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	if cause := got.Details.Causes[0].Message; !strings.HasSuffix(want, cause) {
		t.Errorf("cause is %q, want the end of %q", cause, want)
	}
}

// TestWarningsAndAudit shows a request that is only spoken of.
func TestWarningsAndAudit(t *testing.T) {
	c := newCluster(t)
	c.apply(strings.Replace(policy("p", "validations: [{expression: 'false', message: one}, {expression: 'false', message: two}]\n  auditAnnotations: [{key: size, valueExpression: \"'n is ' + object.data.v\"}, {key: none, valueExpression: 'null'}]"),
		"[Deny]", "[Warn, Audit]", 1))
	obj := parse(t, configMap("c", "{v: '1'}"))
	a := &api.Attributes{
		Operation: api.Create, Kind: obj.GroupVersionKind(), Resource: resourceOf(obj.GroupVersionKind()), Namespace: "shop", Name: "c", Object: obj,
	}
	if err := errors.Join(c.step.Mutate(context.Background(), a), c.step.Validate(context.Background(), a)); err != nil {
		t.Fatal(err)
	}
	warnings := []string{
		"Validation failed for ValidatingAdmissionPolicy 'p' with binding 'p': one",
		"Validation failed for ValidatingAdmissionPolicy 'p' with binding 'p': two",
	}
	audit := map[string]string{
		"p/size": "n is 1",
		"validation.policy.admission.k8s.io/validation_failure": `[{"message":"one","policy":"p","binding":"p","expressionIndex":0,"validationActions":["Warn","Audit"]}]`,
	}
	if diff := cmp.Diff([]any{warnings, audit}, []any{a.Warnings, a.Audit}); diff != "" {
		t.Errorf("warnings and annotations (-want +got):\n%s", diff)
	}
}

// TestPoliciesDoNotJudgePolicies keeps the way open by which a policy that refuses all can be removed.
func TestPoliciesDoNotJudgePolicies(t *testing.T) {
	c := newCluster(t)
	c.apply(strings.Replace(policy("p", "validations: [{expression: 'false', message: nothing}]"), `apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [configmaps]`,
		`apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*"]`, 1))
	hook := "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: h}}"
	if _, err := c.create(hook); err == nil {
		t.Error("a webhook configuration is accepted")
	}
	c.apply(policy("q", "validations: [{expression: 'true'}]"))
	bindings := schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingadmissionpolicybindings"}
	if err := c.client.Delete(context.Background(), bindings, "", "p", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	c.apply(hook)
}

// mutation is a MutatingAdmissionPolicy about new Pods with a binding of its name; rules are fields of its spec.
func mutation(name, rules string) string {
	return strings.NewReplacer("NAME", name, "RULES", rules).Replace(`apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: NAME}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}
  RULES
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: NAME}
spec: {policyName: NAME}`)
}

// TestMutation shows what two policies make of a Pod: what the second adds gets its defaults, and the first is asked again.
func TestMutation(t *testing.T) {
	c := newCluster(t)
	c.apply(mutation("a", `reinvocationPolicy: IfNeeded
  mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: "Object{metadata: Object.metadata{labels: {'count': string(object.spec.containers.size())}}}"}}]`))
	c.apply(mutation("b", `reinvocationPolicy: Never
  mutations: [{patchType: JSONPatch, jsonPatch: {expression: "[JSONPatch{op: 'add', path: '/spec/containers/-', value: Object.spec.containers{name: 'side', image: 'busybox'}}]"}}]`))
	pod, err := c.create("{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop}, spec: {containers: [{name: p, image: 'nginx:1'}]}}")
	if err != nil {
		t.Fatal(err)
	}
	containers, _, _ := unstructured.NestedSlice(pod.Object, "spec", "containers")
	if len(containers) != 2 || containers[1].(map[string]any)["imagePullPolicy"] != "Always" {
		t.Errorf("containers are %v", containers)
	}
	if diff := cmp.Diff(map[string]string{"count": "2"}, pod.GetLabels()); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
}

// TestMutationFails holds what is said when a policy cannot make its change.
func TestMutationFails(t *testing.T) {
	for name, test := range map[string]struct{ rules, want string }{
		"a patch of nothing": {`{patchType: JSONPatch, jsonPatch: {expression: "[JSONPatch{op: 'remove', path: '/metadata/labels/a'}]"}}`,
			"JSON Patch: remove operation does not apply: doc is missing path: \"/metadata/labels/a\": missing value"},
		"an atomic list": {`{patchType: ApplyConfiguration, applyConfiguration: {expression: "Object{spec: Object.spec{containers: [Object.spec.containers{name: 'p', command: ['x']}]}}"}}`,
			"error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.containers[0].command"},
		"an error": {`{patchType: ApplyConfiguration, applyConfiguration: {expression: "Object{metadata: Object.metadata{name: object.metadata.annotations.x}}"}}`,
			"expression 'Object{metadata: Object.metadata{name: object.metadata.annotations.x}}' resulted in error: no such key: annotations"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t)
			c.apply(mutation("m", "reinvocationPolicy: Never\n  mutations: ["+test.rules+"]"))
			_, err := c.create("{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop}, spec: {containers: [{name: p, image: 'nginx:1'}]}}")
			if want := "policy 'm' with binding 'm' denied request: " + test.want; err == nil || err.Error() != want {
				t.Errorf("error is %v, want %s", err, want)
			}
		})
	}
}
