package admission

import (
	"context"
	"fmt"
	"sync"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/kube/sim/api"
)

const twoPods = "{apiVersion: v1, kind: ResourceQuota, metadata: {name: q, namespace: default}, spec: {hard: {pods: 2}}, status: {hard: {pods: 2}, used: {pods: 0}}}"

func usedPods(t *testing.T, c cluster) string {
	t.Helper()
	used, _, err := unstructured.NestedFieldNoCopy(c["resourcequotas/default/q"].Object, "status", "used", "pods")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(used)
}

func TestQuotaIsChargedOnce(t *testing.T) {
	c := newCluster(t, map[string]string{"resourcequotas/default/q": twoPods})
	step := NewResourceQuota(c)
	for i, test := range []struct {
		name   string
		change func(*api.Attributes)
		denied string
		used   string
	}{
		{"a dry run", func(a *api.Attributes) { a.DryRun = true }, "", "0"},
		{"a new pod", func(*api.Attributes) {}, "", "1"},
		{"a subresource", func(a *api.Attributes) { a.Subresource = "binding" }, "", "1"},
		{"a label of a pod", func(a *api.Attributes) { a.Operation, a.OldObject = api.Update, a.Object }, "", "1"},
		{"a status", func(a *api.Attributes) { a.Operation, a.OldObject, a.Subresource = api.Update, a.Object, "status" }, "", "1"},
		{"a deletion", func(a *api.Attributes) { a.Operation, a.OldObject, a.Object = api.Delete, a.Object, nil }, "", "1"},
		{"nothing in a namespace", func(a *api.Attributes) { a.Namespace = "" }, "", "1"},
		{"a second pod", func(*api.Attributes) {}, "", "2"},
		{"a third one", func(*api.Attributes) {}, `pods "p" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2`, "2"},
		{"a third one, tried", func(a *api.Attributes) { a.DryRun = true }, `pods "p" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2`, "2"},
	} {
		a := request(t, api.Create, pod("default", plain))
		test.change(a)
		if got := message(step.Validate(context.Background(), a)); got != test.denied {
			t.Errorf("%d %s: denied %q, want %q", i, test.name, got, test.denied)
		}
		if got := usedPods(t, c); got != test.used {
			t.Errorf("%d %s: used %s, want %s", i, test.name, got, test.used)
		}
	}
}

// contested is a cluster in which somebody else writes a quota before each of the first writes.
type contested struct {
	cluster
	mu    sync.Mutex
	times int
}

func (c *contested) Update(ctx context.Context, gvr schema.GroupVersionResource, obj *unstructured.Unstructured, sub string) (*unstructured.Unstructured, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.times--; c.times >= 0 {
		return nil, apierrors.NewConflict(gvr.GroupResource(), obj.GetName(), context.Canceled)
	}
	return c.cluster.Update(ctx, gvr, obj, sub)
}

func TestQuotaIsChargedDespiteConflicts(t *testing.T) {
	c := &contested{cluster: newCluster(t, map[string]string{"resourcequotas/default/q": twoPods}), times: 3}
	if err := NewResourceQuota(c).Validate(context.Background(), request(t, api.Create, pod("default", plain))); err != nil {
		t.Fatal(err)
	}
	if got := usedPods(t, c.cluster); got != "1" {
		t.Errorf("used %s, want 1", got)
	}
	c.times = chargeTries + 1
	if err := NewResourceQuota(c).Validate(context.Background(), request(t, api.Create, pod("default", plain))); !apierrors.IsConflict(err) {
		t.Errorf("in vain: %v, want a conflict", err)
	}
}

func TestLimitRanger(t *testing.T) {
	c := newCluster(t, map[string]string{
		"limitranges/default/l": "{apiVersion: v1, kind: LimitRange, metadata: {name: l, namespace: default}, spec: {limits: [{type: Container, max: {cpu: 2}, default: {cpu: 1}, defaultRequest: {cpu: 500m}}, {type: PersistentVolumeClaim, max: {storage: 1Gi}}]}}",
	})
	step := NewLimitRanger(c)
	claim := func(size string) string {
		return "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: v, namespace: default}, spec: {resources: {requests: {storage: " + size + "}}}}"
	}
	for name, test := range map[string]struct {
		op           api.Operation
		object       string
		sub, denied  string
		leavingAlone bool
	}{
		"defaults":          {api.Create, pod("default", "{containers: [{name: c}]}"), "", "", false},
		"too much":          {api.Create, pod("default", "{containers: [{name: c, resources: {limits: {cpu: 3}}}]}"), "", `pods "p" is forbidden: maximum cpu usage per Container is 2, but limit is 3`, false},
		"a changed pod":     {api.Update, pod("default", "{containers: [{name: c, resources: {limits: {cpu: 3}}}]}"), "", "", true},
		"a resized pod":     {api.Update, pod("default", "{containers: [{name: c, resources: {limits: {cpu: 3}}}]}"), "resize", `pods "p" is forbidden: maximum cpu usage per Container is 2, but limit is 3`, true},
		"the status":        {api.Update, pod("default", "{containers: [{name: c, resources: {limits: {cpu: 3}}}]}"), "status", "", true},
		"a large claim":     {api.Create, claim("2Gi"), "", `persistentvolumeclaims "v" is forbidden: maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi`, true},
		"a grown claim":     {api.Update, claim("2Gi"), "", `persistentvolumeclaims "v" is forbidden: maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi`, true},
		"a claim that fits": {api.Create, claim("1Gi"), "", "", true},
		"a silent claim":    {api.Create, "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: v, namespace: default}, spec: {}}", "", `persistentvolumeclaims "v" is forbidden: maximum storage usage per PersistentVolumeClaim is 1Gi.  No request is specified`, true},
	} {
		t.Run(name, func(t *testing.T) {
			a := request(t, test.op, test.object)
			a.Subresource = test.sub
			given := a.Object
			if err := step.Mutate(context.Background(), a); err != nil {
				t.Fatal(err)
			}
			if (a.Object == given) != test.leavingAlone {
				t.Errorf("left alone %v, want %v", a.Object == given, test.leavingAlone)
			}
			if got := message(step.Validate(context.Background(), a)); got != test.denied {
				t.Errorf("denied %q, want %q", got, test.denied)
			}
		})
	}
}
