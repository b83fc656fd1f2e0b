package policies_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/kube/sim/api"
)

var (
	policyResource  = schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingadmissionpolicies"}
	bindingResource = schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingadmissionpolicybindings"}
)

// TestChangesWhileRequestsAreJudged writes policies while others ask: each request is judged by a state that was, and
// whoever wrote a policy is judged by it.
func TestChangesWhileRequestsAreJudged(t *testing.T) {
	c := newCluster(t)
	c.apply(policy("p", "validations: [{expression: 'true', message: round 0}]"))
	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for i := range 2 {
		readers.Go(func() {
			for round := 0; ctx.Err() == nil; round++ {
				_, err := c.create(configMap(fmt.Sprintf("reader-%d-%d", i, round), "{v: '1'}"))
				if err != nil && !strings.Contains(err.Error(), "'p' with binding 'p' denied request: round ") {
					t.Errorf("a reader is told: %v", err)
					return
				}
			}
		})
	}
	for round := 1; round <= 6; round++ {
		c.rewrite(round)
		_, err := c.create(configMap(fmt.Sprintf("writer-%d", round), "{v: '1'}"))
		want := fmt.Sprintf("denied request: round %d", round)
		if round%3 == 0 { // it is not bound
			if err != nil {
				t.Errorf("round %d: %v", round, err)
			}
		} else if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("round %d: error is %v", round, err)
		}
	}
	stop()
	readers.Wait()
}

// rewrite makes the policy refuse with the number of the round, and takes its binding away in each third.
func (c *cluster) rewrite(round int) {
	c.t.Helper()
	documents := strings.SplitN(policy("p", fmt.Sprintf("validations: [{expression: 'false', message: round %d}]", round)), "\n---\n", 2)
	if _, err := c.client.Update(context.Background(), policyResource, parse(c.t, documents[0]), ""); err != nil {
		c.t.Fatal(err)
	}
	if round%3 == 0 {
		if err := c.client.Delete(context.Background(), bindingResource, "", "p", metav1.DeleteOptions{}); err != nil {
			c.t.Fatal(err)
		}
		return
	}
	if _, err := c.create(documents[1]); err != nil && !apierrors.IsAlreadyExists(err) {
		c.t.Fatal(err)
	}
}

// TestParametersActAtOnce changes what a policy reads.
func TestParametersActAtOnce(t *testing.T) {
	c := newCluster(t)
	c.apply(strings.Replace(policy("p", "paramKind: {apiVersion: v1, kind: Secret}\n  validations: [{expression: params.type == object.data.v, messageExpression: \"'wanted ' + params.type\"}]"),
		"validationActions", "paramRef: {name: wanted, parameterNotFoundAction: Deny}, validationActions", 1))
	const by = `configmaps "c" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: `
	_, err := c.create(configMap("c", "{v: two}"))
	refused(t, err, by+"failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction", metav1.StatusReasonInvalid, 422)
	c.apply("{apiVersion: v1, kind: Secret, metadata: {name: wanted, namespace: shop}, type: one}")
	_, err = c.create(configMap("c", "{v: two}"))
	refused(t, err, by+"wanted one", metav1.StatusReasonInvalid, 422)
	if err := c.client.Delete(context.Background(), schema.GroupVersionResource{Version: "v1", Resource: "secrets"}, "shop", "wanted", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	c.apply("{apiVersion: v1, kind: Secret, metadata: {name: wanted, namespace: shop}, type: two}")
	c.apply(configMap("c", "{v: two}"))
}

// asked is a request about an object that need not be stored.
func asked(t testing.TB, text string) *api.Attributes {
	obj := parse(t, text)
	return &api.Attributes{
		Operation: api.Create, Kind: obj.GroupVersionKind(), Resource: resourceOf(obj.GroupVersionKind()),
		Namespace: obj.GetNamespace(), Name: obj.GetName(), Object: obj,
	}
}

// TestNothingWithoutPolicies says what a request costs where there is no policy: no memory.
func TestNothingWithoutPolicies(t *testing.T) {
	c, ctx := newCluster(t), context.Background()
	a := asked(t, configMap("c", "{v: '1'}"))
	if allocations := testing.AllocsPerRun(100, func() { judge(ctx, t, c, a) }); allocations != 0 {
		t.Errorf("a request allocates %v times", allocations)
	}
}

func judge(ctx context.Context, t testing.TB, c *cluster, a *api.Attributes) {
	if err := c.step.Mutate(ctx, a); err != nil {
		t.Fatal(err)
	}
	if err := c.step.Validate(ctx, a); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkJudge(b *testing.B) {
	for name, rules := range map[string]string{"nothing": "", "one policy": "validations: [{expression: size(object.data) < 5}]"} {
		b.Run(name, func(b *testing.B) {
			c, ctx := newCluster(b), context.Background()
			if rules != "" {
				c.apply(policy("p", rules))
			}
			a := asked(b, configMap("c", "{v: '1'}"))
			b.ReportAllocs()
			for b.Loop() {
				judge(ctx, b, c, a)
			}
		})
	}
}

// FuzzPolicy writes policies with any expressions and lets those that are accepted judge: none may bring the server down.
func FuzzPolicy(f *testing.F) {
	for _, seed := range []string{
		"true", "object.data.v == '1'", "object.data.all(k, k != '')", "params.x", "variables.y", "1 / 0 == 1", "[", "object.metadata.labels['a'] == null",
		"request.userInfo.groups.exists(g, g == 'a')", "authorizer.path('/x').check('get').allowed()", "oldObject == null", "'a'.matches('(')",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		c := newCluster(t)
		p := parse(t, strings.SplitN(policy("p", "validations: [{expression: 'true'}]"), "\n---\n", 2)[0])
		rules := []any{map[string]any{"expression": expression}}
		if err := unstructured.SetNestedSlice(p.Object, rules, "spec", "validations"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.client.Create(context.Background(), policyResource, p, metav1.CreateOptions{}); err != nil {
			return
		}
		c.apply(strings.SplitN(policy("p", ""), "\n---\n", 2)[1])
		if _, err := c.create(configMap("c", "{v: '1'}")); err != nil && !strings.Contains(err.Error(), "denied request: ") {
			t.Errorf("%q: %v", expression, err)
		}
	})
}
