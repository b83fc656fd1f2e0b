package controller

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/watch"
	quotav1 "k8s.io/apiserver/pkg/quota/v1"

	"podsec/kube/sim/quota"
)

var quotaGVR = coreV1.WithResource("resourcequotas")

// quotas keeps the status of every ResourceQuota: what is limited, and what is used of it. Admission charges new
// objects; this controller counts again when something changes or goes.
type quotas struct {
	*world
	known map[string]map[string]bool // the quotas of each namespace by name
}

func newQuotas(w *world) *quotas { return &quotas{world: w, known: map[string]map[string]bool{}} }

func (q *quotas) observe(ch change) []object {
	namespace, name := ch.obj.GetNamespace(), ch.obj.GetName()
	if ch.gvr == quotaGVR {
		if ch.kind == watch.Deleted {
			delete(q.known[namespace], name)
		} else {
			q.note(namespace, name)
		}
	}
	var out []object
	for name := range q.known[namespace] {
		out = append(out, object{namespace: namespace, name: name})
	}
	return out
}

func (q *quotas) note(namespace, name string) {
	if q.known[namespace] == nil {
		q.known[namespace] = map[string]bool{}
	}
	q.known[namespace][name] = true
}

func (q *quotas) reconcile(ctx context.Context, at object) error {
	have, err := get[corev1.ResourceQuota](ctx, q.world, quotaGVR, at.namespace, at.name)
	if err != nil || have == nil {
		return err
	}
	used, err := q.used(ctx, have)
	if err != nil {
		return fmt.Errorf("count what quota %s limits: %w", have.Name, err)
	}
	if equal(have.Spec.Hard, have.Status.Hard) && quotav1.Equals(used, have.Status.Used) {
		return nil
	}
	have.Status = corev1.ResourceQuotaStatus{Hard: have.Spec.Hard, Used: used}
	_, err = update(ctx, q.world, quotaGVR, have, "status")
	return err
}

// used counts what the namespace uses of what a quota limits. What is limited but never counted is not in the result.
func (q *quotas) used(ctx context.Context, of *corev1.ResourceQuota) (corev1.ResourceList, error) {
	used := corev1.ResourceList{}
	for _, gvr := range q.watcher.sorted() {
		kind := quota.KindOf(gvr.GroupResource())
		if !q.watcher.resources[gvr].namespaced || !kind.Counts(of) {
			continue
		}
		objects, err := q.client.List(ctx, gvr, of.Namespace, nil)
		if err != nil {
			return nil, err
		}
		sum, err := kind.Used(of, objects)
		if err != nil {
			return nil, err
		}
		used = quotav1.Add(used, sum)
	}
	return used, nil
}
