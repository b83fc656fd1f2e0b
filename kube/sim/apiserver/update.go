package apiserver

import (
	"context"
	"errors"
	"fmt"
	"path"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/kube/sim/api"
	"podsec/kube/sim/store"
)

// patchRetries is how often kube-apiserver tries a patch again when another write came in between.
const patchRetries = 5

// change makes the wanted object from the stored one; it may be called again when another write came in between.
type change struct {
	build func(old *unstructured.Unstructured) (*unstructured.Unstructured, error)
	// managed says that build took care of metadata.managedFields itself (server-side apply).
	managed bool
	// patch says that the change is relative: when another write comes in between, it is made again.
	patch bool
}

// replaceWith is the change that a PUT asks for.
func replaceWith(obj *unstructured.Unstructured) change {
	return change{build: func(*unstructured.Unstructured) (*unstructured.Unstructured, error) { return obj, nil }}
}

// update changes a stored object and returns it as stored. The change carries the precondition: a resourceVersion or
// a UID other than the stored one is a Conflict, no resourceVersion takes whatever is there.
func (s *Server) update(ctx context.Context, c *call, ch change) (*unstructured.Unstructured, error) {
	for try := 0; ; try++ {
		item, err := s.store.Get(c.res.key(c.namespace, c.name))
		if err != nil {
			return nil, c.storeError(err)
		}
		obj, again, err := s.updateOnce(ctx, c, ch, item)
		switch {
		case err == nil && !c.dryRun && obj.GetDeletionTimestamp() != nil && released(obj):
			return obj, s.afterDelete(ctx, c, obj, true)
		case err == nil:
			return obj, nil
		case again && errors.Is(err, store.ErrConflict) && try < patchRetries:
			continue
		case errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound):
			return nil, c.storeError(err)
		}
		return nil, err
	}
}

// updateOnce tries the change on one state of the object. again says that it may be tried on another: the caller named
// no resourceVersion.
func (s *Server) updateOnce(ctx context.Context, c *call, ch change, item *store.Item) (_ *unstructured.Unstructured, again bool, _ error) {
	old := c.res.read(item)
	obj, err := ch.build(old)
	if err != nil {
		return nil, false, err
	}
	obj = ownMetadata(obj)
	again = ch.patch || obj.GetResourceVersion() == ""
	if err := c.continues(obj, old); err != nil {
		return nil, false, err
	}
	// The server assigns a node itself when a scheduler binds a pod: no client sets that field.
	if !ch.managed && c.subresource != "binding" {
		obj = c.res.fields.update(old, obj, c.manager, c.subresource)
	}
	p, attributes, err := s.prepareUpdate(ctx, c, obj, old)
	if err != nil {
		return nil, again, err
	}
	attributes.Object = p.object
	if err := s.admit(ctx, c, attributes); err != nil {
		return nil, again, err
	}
	out, err := s.replace(c, item, p.object, old)
	return out, again, err
}

// continues checks that obj is meant as the next state of old, and carries over what no client may change.
func (c *call) continues(obj, old *unstructured.Unstructured) error {
	if err := c.inNamespace(obj); err != nil {
		return err
	}
	if err := c.named(obj); err != nil {
		return err
	}
	if uid := obj.GetUID(); uid != "" && uid != old.GetUID() {
		return c.otherUID(uid, old.GetUID())
	}
	if rv := obj.GetResourceVersion(); rv != "" && rv != old.GetResourceVersion() {
		return c.storeError(store.ErrConflict)
	}
	carryOver(obj, old)
	return nil
}

// named checks that an object has the name in the request's path.
func (c *call) named(obj *unstructured.Unstructured) error {
	switch obj.GetName() {
	case c.name:
		return nil
	case "":
		return apierrors.NewBadRequest(fmt.Sprintf("the name of the object (%s based on URL) was undeterminable: name must be provided", c.name))
	}
	return apierrors.NewBadRequest(fmt.Sprintf("the name of the object (%s) does not match the name on the URL (%s)", obj.GetName(), c.name))
}

// otherUID refuses a write that is meant for another object. kube-apiserver takes a PUT's UID for a precondition, and a
// patched one for the change of a field.
func (c *call) otherUID(uid, stored types.UID) error {
	if c.patched {
		at := field.NewPath("metadata", "uid")
		return apierrors.NewInvalid(c.res.gvk.GroupKind(), c.name, field.ErrorList{field.Invalid(at, uid, "field is immutable")})
	}
	return apierrors.NewConflict(c.res.gvr.GroupResource(), c.name, fmt.Errorf( //nolint:staticcheck // kube-apiserver's text
		"StorageError: invalid object, Code: 4, Key: %s, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: %s, UID in object meta: %s",
		c.storageKey(), uid, stored))
}

// storageKey is where a real server keeps the object in etcd.
func (c *call) storageKey() string {
	at := c.res.gvr.Resource
	switch old := map[string]string{"nodes": "minions", "services": "services/specs", "endpoints": "services/endpoints", "ingresses": "ingress"}[at]; {
	case old != "" && (c.res.gvr.Group == "" || at == "ingresses"):
		at = old
	case c.res.isCustom() || c.res.gvr.Group == definitions.Group || c.res.gvr.Group == "apiregistration.k8s.io":
		at = c.res.gvr.Group + "/" + at
	}
	return path.Join("/registry", at, c.namespace, c.name)
}

// isCustom says whether the kind comes from a CustomResourceDefinition.
func (r *resource) isCustom() bool {
	_, custom := r.model.(*customModel)
	return custom
}

// carryOver copies the metadata that belongs to the server.
func carryOver(obj, old *unstructured.Unstructured) {
	from, _ := old.Object["metadata"].(map[string]any)
	to, _ := obj.Object["metadata"].(map[string]any)
	for _, name := range []string{"uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"} {
		if value, ok := from[name]; ok {
			to[name] = value
		} else {
			delete(to, name)
		}
	}
	to["resourceVersion"] = from["resourceVersion"]
}

// prepareUpdate takes a changed object through mutating admission and the kind's rules.
func (s *Server) prepareUpdate(ctx context.Context, c *call, obj, old *unstructured.Unstructured) (prepared, *api.Attributes, error) {
	attributes := c.attributes(api.Update, obj, old)
	attributes.UID = s.ids.UID("AdmissionReview", c.namespace, c.res.gvr.Resource+"/"+c.name)
	obj, err := s.mutate(ctx, c, attributes)
	if err != nil {
		return prepared{}, nil, err
	}
	obj = ownMetadata(obj)
	if err := c.inNamespace(obj); err != nil {
		return prepared{}, nil, err
	}
	if err := s.mayGrant(ctx, c, obj, old); err != nil {
		return prepared{}, nil, err
	}
	if c.vouched {
		return prepared{object: c.res.model.vouched(obj, old, c.subresource)}, attributes, nil
	}
	p, err := c.res.model.update(obj, old, c.subresource, c.decoded)
	if err != nil {
		return prepared{}, nil, apierrors.NewInternalError(fmt.Errorf("prepare %s: %w", c.res.gvk.Kind, err))
	}
	if err := c.invalid(p, c.changedMetadataErrors(p.object, old)); err != nil {
		return prepared{}, nil, err
	}
	c.warn(p.warnings...)
	return p, attributes, nil
}

// replace writes the new state, removes the object when this was the last that held it, or leaves the store alone when
// nothing changed.
func (s *Server) replace(c *call, item *store.Item, obj, old *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	if c.dryRun {
		return obj, nil
	}
	if obj.GetDeletionTimestamp() != nil && released(obj) {
		gone, err := s.store.Delete(item)
		if err != nil {
			return nil, err
		}
		s.stored(c.res)
		return c.res.read(gone), nil
	}
	if sameObject(obj, old) {
		return old, nil
	}
	next, err := s.store.Update(item, c.res.written(ownMetadata(obj)))
	if err != nil {
		return nil, err
	}
	s.stored(c.res)
	return c.res.read(next), nil
}

// released says that nothing holds an object that is being deleted: no finalizer, no running grace period, and for a
// namespace no finalizer in its spec.
func released(obj *unstructured.Unstructured) bool {
	if len(obj.GetFinalizers()) > 0 {
		return false
	}
	if grace := obj.GetDeletionGracePeriodSeconds(); grace != nil && *grace > 0 {
		return false
	}
	return len(specFinalizers(obj)) == 0
}

// specFinalizers returns the finalizers that a Namespace has in its spec.
func specFinalizers(obj *unstructured.Unstructured) []string {
	if obj.GetKind() != "Namespace" || obj.GetAPIVersion() != "v1" {
		return nil
	}
	list, _, _ := unstructured.NestedStringSlice(obj.Object, "spec", "finalizers")
	return list
}
