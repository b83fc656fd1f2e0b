package admission

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsec/kube/sim/api"
)

// config is a webhook configuration with one webhook; extra goes into the webhook.
func config(kind, service, extra string) string {
	return fmt.Sprintf(`
apiVersion: admissionregistration.k8s.io/v1
kind: %s
metadata: {name: test}
webhooks:
- name: hook.example.com
  clientConfig: {service: {namespace: policy, name: %s, path: /check, port: 443}}
  sideEffects: NoneOnDryRun
  timeoutSeconds: 10
  admissionReviewVersions: [v1]
%s`, kind, service, extra)
}

const podRule = "  rules: [{apiGroups: [''], apiVersions: [v1], resources: [pods], operations: [CREATE, UPDATE], scope: '*'}]\n"

func TestWebhookIsCalledForWhatItAskedFor(t *testing.T) {
	ns := "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {zone: b}}}"
	node := "{apiVersion: v1, kind: Node, metadata: {name: n}}"
	rule := func(fields string) string {
		return "  rules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], " + fields + "}]\n"
	}
	for name, test := range map[string]struct {
		extra, object string
		op            api.Operation
		subresource   string
		want          bool
	}{
		"a pod":                            {extra: podRule, object: pod("default", plain), op: api.Create, want: true},
		"another operation":                {extra: podRule, object: pod("default", plain), op: api.Delete},
		"another resource":                 {extra: podRule, object: ns, op: api.Create},
		"a subresource":                    {extra: podRule, object: pod("default", plain), op: api.Update, subresource: "status"},
		"a subresource by name":            {extra: rule("resources: [pods/status]"), object: pod("default", plain), op: api.Update, subresource: "status", want: true},
		"a subresource by wildcard":        {extra: rule("resources: [pods/*]"), object: pod("default", plain), op: api.Update, subresource: "status", want: true},
		"the wildcard is no subresource":   {extra: rule("resources: ['*']"), object: pod("default", plain), op: api.Update, subresource: "status"},
		"everything":                       {extra: rule("resources: ['*/*']"), object: pod("default", plain), op: api.Update, subresource: "status", want: true},
		"namespaced":                       {extra: rule("resources: ['*'], scope: Namespaced"), object: pod("default", plain), op: api.Create, want: true},
		"namespaced only":                  {extra: rule("resources: ['*'], scope: Namespaced"), object: node, op: api.Create},
		"a namespace is cluster-scoped":    {extra: rule("resources: ['*'], scope: Cluster"), object: ns, op: api.Create, want: true},
		"cluster-scoped only":              {extra: rule("resources: ['*'], scope: Cluster"), object: pod("default", plain), op: api.Create},
		"no rules":                         {object: pod("default", plain), op: api.Create},
		"namespace selected":               {extra: podRule + "  namespaceSelector: {matchLabels: {zone: a}}\n", object: pod("default", plain), op: api.Create, want: true},
		"namespace not selected":           {extra: podRule + "  namespaceSelector: {matchLabels: {zone: b}}\n", object: pod("default", plain), op: api.Create},
		"a namespace's own labels":         {extra: rule("resources: ['*']") + "  namespaceSelector: {matchLabels: {zone: b}}\n", object: ns, op: api.Delete, want: true},
		"cluster-scoped and a selector":    {extra: rule("resources: ['*']") + "  namespaceSelector: {matchLabels: {zone: b}}\n", object: node, op: api.Create, want: true},
		"object selected":                  {extra: podRule + "  objectSelector: {matchLabels: {app: p}}\n", object: pod("default", plain), op: api.Create, want: true},
		"object not selected":              {extra: podRule + "  objectSelector: {matchLabels: {app: q}}\n", object: pod("default", plain), op: api.Create},
		"condition holds":                  {extra: podRule + "  matchConditions: [{name: c, expression: 'object.metadata.name == \"p\"'}]\n", object: pod("default", plain), op: api.Create, want: true},
		"condition does not hold":          {extra: podRule + "  matchConditions: [{name: c, expression: 'request.userInfo.username == \"nobody\"'}]\n", object: pod("default", plain), op: api.Create},
		"never its own kind":               {extra: rule("resources: ['*']"), object: config("ValidatingWebhookConfiguration", "webhook", ""), op: api.Create},
		"another version is as good":       {extra: "  rules: [{apiGroups: [''], apiVersions: [v2], resources: [pods], operations: [CREATE]}]\n", object: pod("default", plain), op: api.Create, want: true},
		"another version when it is exact": {extra: "  matchPolicy: Exact\n  rules: [{apiGroups: [''], apiVersions: [v2], resources: [pods], operations: [CREATE]}]\n", object: pod("default", plain), op: api.Create},
	} {
		t.Run(name, func(t *testing.T) {
			service := &services{review: api.Review{Allowed: true}}
			c := newCluster(t, map[string]string{"validatingwebhookconfigurations//test": config("ValidatingWebhookConfiguration", "webhook", test.extra)})
			a := request(t, test.op, test.object)
			a.Subresource = test.subresource
			a.User.Username = "somebody"
			if err := NewWebhooks(c, service).Validate(context.Background(), a); err != nil {
				t.Fatal(err)
			}
			if called := len(service.asked) > 0; called != test.want {
				t.Errorf("called %v, want %v", service.asked, test.want)
			}
		})
	}
}

func TestWebhookAnswers(t *testing.T) {
	const post = `failed calling webhook "hook.example.com": failed to call webhook: Post "https://webhook.policy.svc:443/check?timeout=10s": `
	for name, test := range map[string]struct {
		service  services
		target   string
		more     string
		present  bool // the Service exists
		want     string
		reason   metav1.StatusReason
		code     int32
		warnings []string
		dryRun   bool
	}{
		"allowed":            {service: services{review: api.Review{Allowed: true, Warnings: []string{"careful", "careful"}}}, warnings: []string{"careful"}},
		"denied":             {service: services{review: api.Review{Message: "no"}}, want: `admission webhook "hook.example.com" denied the request: no`, code: 400},
		"denied with a code": {service: services{review: api.Review{Message: "no", Code: 403}}, want: `admission webhook "hook.example.com" denied the request: no`, code: 403},
		"denied in silence":  {service: services{}, want: `admission webhook "hook.example.com" denied the request without explanation`, code: 400},
		"unreachable":        {service: services{err: errUnreachable}, want: "Internal error occurred: " + post + errUnreachable.Error(), reason: metav1.StatusReasonInternalError, code: 500},
		"may be ignored":     {service: services{err: errUnreachable}, more: "  failurePolicy: Ignore\n"},
		"no service":         {target: "gone", want: `Internal error occurred: failed calling webhook "hook.example.com": failed to call webhook: Post "https://gone.policy.svc:443/check?timeout=10s": service "gone" not found`, reason: metav1.StatusReasonInternalError, code: 500},
		"no endpoints":       {target: "gone", present: true, want: `Internal error occurred: failed calling webhook "hook.example.com": failed to call webhook: Post "https://gone.policy.svc:443/check?timeout=10s": no endpoints available for service "gone"`, reason: metav1.StatusReasonInternalError, code: 500},
		"dry run":            {service: services{review: api.Review{Allowed: true}}, dryRun: true},
		"dry run refused":    {more: "  sideEffects: Some\n", dryRun: true, want: `admission webhook "hook.example.com" does not support dry run`, reason: metav1.StatusReasonBadRequest, code: 400},
		"condition fails":    {more: "  matchConditions: [{name: c, expression: 'object.spec.nothing == 1'}]\n", want: `pods "p" is forbidden: webhook "hook.example.com": expression 'object.spec.nothing == 1' resulted in error: no such key: nothing`, reason: metav1.StatusReasonForbidden, code: 403},
	} {
		t.Run(name, func(t *testing.T) {
			if test.target == "" {
				test.target = "webhook"
			}
			text := config("ValidatingWebhookConfiguration", test.target, podRule+test.more)
			objects := map[string]string{"validatingwebhookconfigurations//test": text}
			if test.present {
				objects["services/policy/"+test.target] = "{apiVersion: v1, kind: Service, metadata: {name: gone, namespace: policy}}"
			}
			a := request(t, api.Create, pod("default", plain))
			a.DryRun = test.dryRun
			err := NewWebhooks(newCluster(t, objects), &test.service).Validate(context.Background(), a)
			if got := message(err); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if status, ok := err.(apierrors.APIStatus); ok && (status.Status().Reason != test.reason || status.Status().Code != test.code) {
				t.Errorf("status %+v", status.Status())
			}
			if diff := cmp.Diff(test.warnings, a.Warnings); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMutatingWebhookReplacesTheObject(t *testing.T) {
	changed := parse(t, pod("default", "{containers: [{name: c, image: changed}]}"))
	service := &services{review: api.Review{Allowed: true, Object: changed}}
	c := newCluster(t, map[string]string{"mutatingwebhookconfigurations//test": config("MutatingWebhookConfiguration", "webhook", podRule)})
	w := NewWebhooks(c, service)
	a := request(t, api.Create, pod("default", plain))
	if err := w.Mutate(context.Background(), a); err != nil {
		t.Fatal(err)
	}
	if a.Object != changed {
		t.Error("the webhook's object was not taken over")
	}
	if err := w.Validate(context.Background(), a); err != nil || len(service.asked) != 1 {
		t.Errorf("validation called a mutating webhook: %v, %v", service.asked, err)
	}
}

func TestChainOrder(t *testing.T) {
	c := newCluster(t, map[string]string{
		"validatingwebhookconfigurations//test": config("ValidatingWebhookConfiguration", "webhook", podRule),
	})
	psa := &recorder{}
	service := &services{review: api.Review{Message: "webhook"}}
	steps := Chain(c, names{}, service, psa)
	a := request(t, api.Create, pod("default", plain))
	for _, step := range steps {
		if err := step.Mutate(context.Background(), a); err != nil {
			t.Fatal(err)
		}
	}
	var first error
	for _, step := range steps {
		if first = step.Validate(context.Background(), a); first != nil {
			break
		}
	}
	if psa.validated != 1 || message(first) != `admission webhook "hook.example.com" denied the request: webhook` {
		t.Errorf("validator called %d times, then %v", psa.validated, first)
	}
}

// recorder counts.
type recorder struct{ validated int }

func (*recorder) Mutate(context.Context, *api.Attributes) error { return nil }

func (r *recorder) Validate(context.Context, *api.Attributes) error {
	r.validated++
	return nil
}

func BenchmarkWebhook(b *testing.B) {
	c := newCluster(b, map[string]string{"validatingwebhookconfigurations//test": config("ValidatingWebhookConfiguration", "webhook", podRule)})
	w := NewWebhooks(c, &services{review: api.Review{Allowed: true}})
	a := request(b, api.Create, pod("default", plain))
	for b.Loop() {
		if err := w.Validate(context.Background(), a); err != nil {
			b.Fatal(err)
		}
	}
}
