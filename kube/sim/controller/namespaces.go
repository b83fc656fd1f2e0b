package controller

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"podsec/kube/sim/api"
)

// rootCAName is the ConfigMap in every namespace with which pods verify the API server.
const (
	rootCAName        = "kube-root-ca.crt"
	rootCAKey         = "ca.crt"
	rootCADescription = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters."
)

// namespaces gives a namespace what every namespace has, and empties one that is being deleted.
type namespaces struct {
	*world
	rootCA string
}

func (n *namespaces) observe(ch change) []object {
	switch {
	case ch.gvr == spacesGVR && ch.kind != watch.Deleted:
		return []object{{name: ch.obj.GetName()}}
	case ch.kind == watch.Deleted && ch.obj.GetNamespace() != "":
		return []object{{name: ch.obj.GetNamespace()}} // the last one may have been waited for, a default one is put back
	}
	return nil
}

func (n *namespaces) reconcile(ctx context.Context, at object) error {
	ns, err := get[corev1.Namespace](ctx, n.world, spacesGVR, "", at.name)
	if err != nil || ns == nil {
		return err
	}
	if ns.DeletionTimestamp != nil {
		return n.terminate(ctx, ns)
	}
	return n.furnish(ctx, ns)
}

// furnish creates the default service account and the cluster's root certificate.
func (n *namespaces) furnish(ctx context.Context, ns *corev1.Namespace) error {
	have, err := n.client.Get(ctx, accountGVR, ns.Name, "default")
	if err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	if have == nil {
		account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default", Namespace: ns.Name}}
		if _, err := create(ctx, n.as("service-account-controller"), accountGVR, account); err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	have, err = n.client.Get(ctx, configGVR, ns.Name, rootCAName)
	if err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	if have == nil {
		bundle := &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{
				Name: rootCAName, Namespace: ns.Name, Annotations: map[string]string{"kubernetes.io/description": rootCADescription},
			},
			Data: map[string]string{rootCAKey: n.rootCA},
		}
		if _, err := create(ctx, n.as("root-ca-cert-publisher"), configGVR, bundle); err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	return nil
}

// terminate deletes what is in the namespace, and lets the namespace go when nothing is left. What something else
// holds with a finalizer is waited for, and the namespace says so: its deletion comes back here.
func (n *namespaces) terminate(ctx context.Context, ns *corev1.Namespace) error {
	left := map[resource][]api.Head{}
	for _, gvr := range n.watcher.sorted() {
		if !n.watcher.resources[gvr].namespaced {
			continue
		}
		remaining, err := n.empty(ctx, gvr, ns.Name)
		if err != nil {
			return err
		}
		if len(remaining) > 0 {
			left[gvr] = remaining
		}
	}
	if len(left) > 0 {
		return n.explain(ctx, ns, left)
	}
	if _, err := n.empty(ctx, eventsGVR, ns.Name); err != nil {
		return err
	}
	ns.Spec.Finalizers = nil
	return n.save(ctx, spacesGVR, ns, "finalize")
}

// explain writes into a namespace what keeps it, once all that goes by itself is gone: to say it after each of many pods
// would be as many writes.
func (n *namespaces) explain(ctx context.Context, ns *corev1.Namespace, left map[resource][]api.Head) error {
	r := newRemains()
	for gvr, heads := range left {
		for _, head := range heads {
			finalizers, err := n.finalizers(ctx, gvr, head)
			if apierrors.IsNotFound(err) {
				continue
			}
			if err != nil {
				return err
			}
			if gvr == podsGVR && len(finalizers) == 0 {
				return nil // the kubelet ends it, which comes back here
			}
			r.add(gvr, finalizers)
		}
	}
	conditions := keepTimes(r.conditions(n.now()), ns.Status.Conditions)
	if len(r.resources) == 0 || equal(ns.Status.Conditions, conditions) {
		return nil
	}
	ns.Status.Conditions = conditions
	return n.save(ctx, spacesGVR, ns, "status")
}

// finalizers are those of a stored object. It is read only when the watches have not told of it yet.
func (n *namespaces) finalizers(ctx context.Context, gvr resource, head api.Head) ([]string, error) {
	if known, ok := n.watcher.objects[head.UID]; ok && known.version >= head.Revision {
		return known.finalizers, nil
	}
	obj, err := n.client.Get(ctx, gvr, head.Namespace, head.Name)
	if err != nil {
		return nil, err
	}
	return obj.GetFinalizers(), nil
}

// empty deletes a namespace's objects of one kind and returns those that remain.
func (n *namespaces) empty(ctx context.Context, gvr resource, namespace string) ([]api.Head, error) {
	heads, err := n.client.Heads(ctx, gvr, namespace)
	if apierrors.IsNotFound(err) {
		return nil, nil // no longer served
	}
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(heads, func(head api.Head) bool { return !head.Deleting }) {
		return heads, nil
	}
	for _, head := range heads {
		if head.Deleting {
			continue
		}
		obj := &metav1.ObjectMeta{Namespace: head.Namespace, Name: head.Name, UID: head.UID}
		background := metav1.DeletePropagationBackground
		if err := n.remove(ctx, gvr, obj, metav1.DeleteOptions{PropagationPolicy: &background}); err != nil {
			return nil, err
		}
	}
	return n.client.Heads(ctx, gvr, namespace)
}
