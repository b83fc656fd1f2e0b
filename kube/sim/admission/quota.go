package admission

import (
	"context"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"podsec/kube/sim/api"
	"podsec/kube/sim/quota"
)

// chargeTries is how often the status of a quota is written again when somebody else wrote it in between.
const chargeTries = 20

// NewResourceQuota refuses what a ResourceQuota does not allow and charges what it allows, as the ResourceQuota plugin
// does. It must be the last step: what it has charged is given back only when the quota controller counts again.
func NewResourceQuota(cluster Cluster) api.Admission { return &resourceQuota{cluster: cluster} }

type resourceQuota struct {
	cluster Cluster
	// charging lets one request charge at a time, or two could each take what only one can have.
	charging sync.Mutex
}

func (*resourceQuota) Mutate(context.Context, *api.Attributes) error { return nil }

func (r *resourceQuota) Validate(ctx context.Context, a *api.Attributes) error {
	if a.Namespace == "" || a.Resource == core("events") || !charged(a) {
		return nil
	}
	quotas, err := r.cluster.List(ctx, core("resourcequotas"), a.Namespace, nil)
	if err != nil || len(quotas) == 0 {
		return err
	}
	r.charging.Lock()
	defer r.charging.Unlock()
	kind := quota.KindOf(a.Resource.GroupResource())
	var charges []*unstructured.Unstructured
	for _, listed := range quotas {
		charge, err := r.check(ctx, kind, a, listed.GetName())
		if err != nil {
			return err
		}
		if charge != nil {
			charges = append(charges, charge)
		}
	}
	if a.DryRun {
		return nil
	}
	for _, charge := range charges {
		if err := r.charge(ctx, kind, a, charge); err != nil {
			return err
		}
	}
	return nil
}

// charged says whether a request can change what a namespace uses: new objects do, and some that change.
func charged(a *api.Attributes) bool {
	switch {
	case a.Operation == api.Create:
		return a.Subresource == ""
	case a.Operation != api.Update:
		return false
	case a.Resource == core("pods"):
		return a.Subresource == "resize" || a.Subresource == "" && ends(a.Object) != ends(a.OldObject)
	}
	return a.Subresource == "" && (a.Resource == core("services") || a.Resource == core("persistentvolumeclaims"))
}

// ends says whether a pod has a deadline, which puts it into another scope.
func ends(pod *unstructured.Unstructured) bool {
	_, found, _ := unstructured.NestedFieldNoCopy(pod.Object, "spec", "activeDeadlineSeconds")
	return found
}

// check returns the quota with the status that it has when the request succeeds, or nil when nothing changes in it.
func (r *resourceQuota) check(ctx context.Context, kind quota.Kind, a *api.Attributes, name string) (*unstructured.Unstructured, error) {
	stored, err := r.cluster.Get(ctx, core("resourcequotas"), a.Namespace, name)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	q := corev1.ResourceQuota{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(stored.Object, &q); err != nil {
		return nil, fmt.Errorf("decode quota %s: %w", name, err)
	}
	used, changed, err := kind.Charge(&q, a.Object, a.OldObject)
	if err != nil {
		return nil, apierrors.NewForbidden(a.Resource.GroupResource(), a.Name, err)
	}
	if !changed {
		return nil, nil
	}
	q.Status.Used = used
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&q)
	if err != nil {
		return nil, fmt.Errorf("encode quota %s: %w", name, err)
	}
	out := &unstructured.Unstructured{Object: content}
	out.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ResourceQuota"))
	return out, nil
}

// charge writes a quota's status; when it was written in between, the request is checked against it again.
func (r *resourceQuota) charge(ctx context.Context, kind quota.Kind, a *api.Attributes, charge *unstructured.Unstructured) error {
	for try := 0; ; try++ {
		_, err := r.cluster.Update(ctx, core("resourcequotas"), charge, "status")
		switch {
		case apierrors.IsNotFound(err): // a quota that is gone limits nothing
			return nil
		case !apierrors.IsConflict(err) || try == chargeTries:
			return err
		}
		if charge, err = r.check(ctx, kind, a, charge.GetName()); err != nil || charge == nil {
			return err
		}
	}
}
