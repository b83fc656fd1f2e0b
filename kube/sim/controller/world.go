package controller

import (
	"context"
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"

	"podsec/kube/sim/api"
)

// The built-in resources that controllers work with.
var (
	coreV1     = corev1.SchemeGroupVersion
	podsGVR    = coreV1.WithResource("pods")
	nodesGVR   = coreV1.WithResource("nodes")
	eventsGVR  = coreV1.WithResource("events")
	configGVR  = coreV1.WithResource("configmaps")
	accountGVR = coreV1.WithResource("serviceaccounts")
	spacesGVR  = coreV1.WithResource("namespaces")
	serviceGVR = coreV1.WithResource("services")
	endsGVR    = coreV1.WithResource("endpoints")
	rcGVR      = coreV1.WithResource("replicationcontrollers")
)

// world is what one controller sees and does: the cluster under the controller's own name.
type world struct {
	component string // the controller's name, in events and users
	client    api.Client
	vouched   api.Client // for what is made from an API type here
	clock     clock.Clock
	watcher   *watcher
	events    *recorder
	changed   func(change)
	later     func(name string, at object, when moment)
}

// as returns the world of a controller that runs in kube-controller-manager with a service account of its own.
func (w *world) as(name string) *world {
	return w.asUser(name, "system:serviceaccount:kube-system:"+name, "system:serviceaccounts")
}

func (w *world) asUser(name, user, group string) *world {
	next := *w
	next.component, next.client = name, w.client.As(user, group)
	next.vouched = next.client.Vouched()
	return &next
}

func (w *world) name() string { return w.component }

func (w *world) now() metav1.Time { return metav1.NewTime(w.clock.Now()) }

// typed is a pointer to an API type.
type typed[T any] interface {
	*T
	metav1.Object
	runtime.Object
}

// decode converts an object that the client returned; conversions of what the server stored do not fail. Managed fields
// are left out: the server keeps those that it has for a write that brings none.
func decode[T any](u *unstructured.Unstructured) (*T, error) {
	out := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(lacking(u, "metadata", "managedFields").Object, out); err != nil {
		return nil, fmt.Errorf("decode %s %s: %w", u.GetKind(), u.GetName(), err)
	}
	return out, nil
}

func encode(kind, apiVersion string, obj any) (*unstructured.Unstructured, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", kind, err)
	}
	u := &unstructured.Unstructured{Object: content}
	u.SetAPIVersion(apiVersion)
	u.SetKind(kind)
	return u, nil
}

// get returns an object, or nil when there is none.
func get[T any](ctx context.Context, w *world, gvr resource, namespace, name string) (*T, error) {
	u, err := w.client.Get(ctx, gvr, namespace, name)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decode[T](u)
}

// list returns the objects of a namespace that match, by name.
func list[T any](ctx context.Context, w *world, gvr resource, namespace string, selector labels.Selector) ([]*T, error) {
	items, err := w.client.List(ctx, gvr, namespace, selector)
	if err != nil {
		return nil, err
	}
	var out []*T
	for _, u := range items {
		obj, err := decode[T](u)
		if err != nil {
			return nil, err
		}
		out = append(out, obj)
	}
	return out, nil
}

// listWhere reads, with read, only what keep wants of a list: decoding is what takes the time in a full namespace.
func listWhere[T any](
	ctx context.Context, w *world, gvr resource, namespace string, keep func(api.Head) bool, read func(*unstructured.Unstructured) (*T, error),
) ([]*T, error) {
	heads, err := w.client.Heads(ctx, gvr, namespace)
	if err != nil {
		return nil, err
	}
	var out []*T
	for _, head := range heads {
		if !keep(head) {
			continue
		}
		stored, err := w.client.Get(ctx, gvr, head.Namespace, head.Name)
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		obj, err := read(stored)
		if err != nil {
			return nil, err
		}
		out = append(out, obj)
	}
	return out, nil
}

// kindOf returns the kind of a watched resource.
func (w *world) kindOf(gvr resource) (kind, apiVersion string) {
	r := w.watcher.resources[gvr]
	return r.kind.Kind, r.kind.GroupVersion().String()
}

// create stores a new object and takes note of it.
func create[T any, P typed[T]](ctx context.Context, w *world, gvr resource, obj P) (P, error) {
	kind, apiVersion := w.kindOf(gvr)
	u, err := encode(kind, apiVersion, obj)
	if err != nil {
		return nil, err
	}
	unstructured.RemoveNestedField(u.Object, "status")
	stored, err := w.client.Create(ctx, gvr, u, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	w.changed(change{kind: watch.Added, gvr: gvr, obj: stored})
	return decode[T](stored)
}

// update writes an object, or one of its subresources, takes note of it and returns it as stored.
func update[T any, P typed[T]](ctx context.Context, w *world, gvr resource, obj P, subresource string) (P, error) {
	stored, err := w.put(ctx, gvr, obj, subresource)
	if err != nil {
		return nil, err
	}
	return decode[T](stored)
}

// save is update for who does not go on with the object.
func (w *world) save(ctx context.Context, gvr resource, obj runtime.Object, subresource string) error {
	_, err := w.put(ctx, gvr, obj, subresource)
	return err
}

func (w *world) put(ctx context.Context, gvr resource, obj runtime.Object, subresource string) (*unstructured.Unstructured, error) {
	kind, apiVersion := w.kindOf(gvr)
	u, err := encode(kind, apiVersion, obj)
	if err != nil {
		return nil, err
	}
	if subresource == "status" {
		return w.writeBy(ctx, w.vouched, gvr, u, subresource)
	}
	return w.write(ctx, gvr, u, subresource)
}

// write updates an object of any kind.
func (w *world) write(ctx context.Context, gvr resource, u *unstructured.Unstructured, subresource string) (*unstructured.Unstructured, error) {
	return w.writeBy(ctx, w.client, gvr, u, subresource)
}

func (w *world) writeBy(ctx context.Context, client api.Client, gvr resource, u *unstructured.Unstructured, subresource string) (*unstructured.Unstructured, error) {
	stored, err := client.Update(ctx, gvr, u, subresource)
	if err != nil {
		return nil, err
	}
	w.note(ctx, gvr, stored)
	return stored, nil
}

// lacking returns an object that lacks some fields of one of its parts. The object itself does not change.
func lacking(u *unstructured.Unstructured, part string, fields ...string) *unstructured.Unstructured {
	from, ok := u.Object[part].(map[string]any)
	if !ok {
		return u
	}
	fewer := maps.Clone(from)
	for _, name := range fields {
		delete(fewer, name)
	}
	return with(u, part, fewer)
}

// with returns an object in which one part is another. The object itself does not change.
func with(u *unstructured.Unstructured, part string, value map[string]any) *unstructured.Unstructured {
	content := maps.Clone(u.Object)
	content[part] = value
	return &unstructured.Unstructured{Object: content}
}

// writeStatus replaces the status of a stored object by an API type's, takes note of it and returns it as stored.
func (w *world) writeStatus(ctx context.Context, gvr resource, stored *unstructured.Unstructured, status any) (*unstructured.Unstructured, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(status)
	if err != nil {
		return nil, fmt.Errorf("encode status of %s %s: %w", stored.GetKind(), stored.GetName(), err)
	}
	return w.writeBy(ctx, w.vouched, gvr, with(stored, "status", content), "status")
}

// note takes in a write, after which the object may be gone: the last finalizer may have been removed.
func (w *world) note(ctx context.Context, gvr resource, stored *unstructured.Unstructured) {
	if stored.GetDeletionTimestamp() != nil {
		if _, err := w.client.Get(ctx, gvr, stored.GetNamespace(), stored.GetName()); apierrors.IsNotFound(err) {
			w.changed(change{kind: watch.Deleted, gvr: gvr, obj: stored})
			return
		}
	}
	w.changed(change{kind: watch.Modified, gvr: gvr, obj: stored})
}

// remove deletes an object unless it was replaced by another of its name, and takes note of what is left of it.
func (w *world) remove(ctx context.Context, gvr resource, obj metav1.Object, opts metav1.DeleteOptions) error {
	opts.Preconditions = &metav1.Preconditions{UID: ptr.To(obj.GetUID())}
	err := w.client.Delete(ctx, gvr, obj.GetNamespace(), obj.GetName(), opts)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	left, err := w.client.Get(ctx, gvr, obj.GetNamespace(), obj.GetName())
	switch {
	case err == nil && left.GetUID() == obj.GetUID():
		w.changed(change{kind: watch.Modified, gvr: gvr, obj: left})
	default:
		if e, ok := w.watcher.objects[obj.GetUID()]; ok {
			w.changed(e.deleted())
		}
	}
	return nil
}
