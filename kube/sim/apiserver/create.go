package apiserver

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/kube/sim/api"
	"podsec/kube/sim/store"
)

var errVersioned = errors.New("resourceVersion should not be set on objects to be created")

var errModified = errors.New("the object has been modified; please apply your changes to the latest version and try again")

// generatedNameLimit is how long a generateName may be before the suffix: kube-apiserver cuts it so that the result
// still is a DNS label.
const generatedNameLimit = 58

// create stores a new object and returns it as stored, in the resource's version.
func (s *Server) create(ctx context.Context, c *call, obj *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	if c.outside && obj.GetResourceVersion() != "" {
		return nil, asStatus(errVersioned)
	}
	obj = ownMetadata(obj)
	if err := s.identify(c, obj); err != nil {
		return nil, err
	}
	return s.admitNew(ctx, c, c.res.fields.update(nil, obj, c.manager, c.subresource))
}

// createManaged is create for an object that has its managed fields already.
func (s *Server) createManaged(ctx context.Context, c *call, obj *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	if err := s.mayCreate(ctx, c); err != nil {
		return nil, err
	}
	obj = ownMetadata(obj)
	if err := s.identify(c, obj); err != nil {
		return nil, err
	}
	return s.admitNew(ctx, c, obj)
}

// admitNew takes a complete object through admission and the kind's rules into the store.
func (s *Server) admitNew(ctx context.Context, c *call, obj *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	attributes := c.attributes(api.Create, obj, nil)
	attributes.UID = s.ids.UID("AdmissionReview", c.namespace, c.res.gvr.Resource+"/"+c.name)
	obj, err := s.mutate(ctx, c, attributes)
	if err != nil {
		return nil, err
	}
	if err := s.mayGrant(ctx, c, obj, nil); err != nil {
		return nil, err
	}
	p, err := s.prepareCreate(c, obj)
	if err != nil {
		return nil, err
	}
	attributes.Object = p.object
	if err := s.admit(ctx, c, attributes); err != nil {
		return nil, err
	}
	return s.insert(c, p.object)
}

// identify checks the object against the request's path, drops what only the server may set, and gives it a name.
func (s *Server) identify(c *call, obj *unstructured.Unstructured) error {
	if err := c.inNamespace(obj); err != nil {
		return err
	}
	for _, name := range []string{"uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generation"} {
		unstructured.RemoveNestedField(obj.Object, "metadata", name)
	}
	if obj.GetName() == "" && obj.GetGenerateName() != "" {
		prefix := obj.GetGenerateName()
		if len(prefix) > generatedNameLimit {
			prefix = prefix[:generatedNameLimit]
		}
		c.generated = true
		obj.SetName(prefix + s.ids.Suffix(c.res.gvk.Kind, c.namespace, prefix))
	}
	if c.name == "" {
		c.name = obj.GetName()
	}
	if obj.GetName() == "" && c.name != "" {
		obj.SetName(c.name)
	}
	return nil
}

// inNamespace checks the object's namespace against the request's and fills it in.
func (c *call) inNamespace(obj *unstructured.Unstructured) error {
	if !c.res.namespaced {
		if obj.GetNamespace() != "" {
			obj.SetNamespace("")
		}
		return nil
	}
	switch obj.GetNamespace() {
	case "":
		obj.SetNamespace(c.namespace)
	case c.namespace:
	default:
		return apierrors.NewBadRequest("the namespace of the provided object does not match the namespace sent on the request")
	}
	return nil
}

// prepareCreate runs the kind's rules on an object that passed mutating admission, which may have given it another name
// but not another namespace.
func (s *Server) prepareCreate(c *call, obj *unstructured.Unstructured) (prepared, error) {
	obj = ownMetadata(obj)
	if err := c.inNamespace(obj); err != nil {
		return prepared{}, err
	}
	c.name = obj.GetName()
	obj.SetUID(s.ids.UID(c.res.gvk.Kind, c.namespace, obj.GetName()))
	obj.SetCreationTimestamp(metav1.NewTime(s.clock.Now()))
	if c.vouched {
		return prepared{object: c.res.model.vouched(obj, nil, c.subresource)}, nil
	}
	p, err := c.res.model.create(obj, c.decoded)
	if err != nil {
		return prepared{}, apierrors.NewInternalError(fmt.Errorf("prepare %s: %w", c.res.gvk.Kind, err))
	}
	if err := c.invalid(p, c.metadataErrors(p.object)); err != nil {
		return prepared{}, err
	}
	c.warn(p.warnings...)
	return p, nil
}

// insert puts the object into the store, unless this is a dry run.
func (s *Server) insert(c *call, obj *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	key := c.res.key(c.namespace, c.name)
	if c.dryRun {
		if _, err := s.store.Get(key); err == nil {
			return nil, c.storeError(store.ErrExists)
		}
		return obj, nil
	}
	item, err := s.store.Create(key, c.res.written(ownMetadata(obj)))
	if err != nil {
		return nil, c.storeError(err)
	}
	s.stored(c.res)
	return c.res.read(item), nil
}
