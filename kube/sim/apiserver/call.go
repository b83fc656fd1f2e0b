package apiserver

import (
	"context"
	"errors"
	"slices"

	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/api/validation/path"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/kube/sim/api"
	"podsec/kube/sim/store"
)

// call is one request for one resource, from the wire or from inside the cluster.
type call struct {
	res         *resource
	namespace   string
	name        string
	subresource string
	user        authenticationv1.UserInfo
	manager     string
	dryRun      bool
	patched     bool // the object is made by a patch
	decoded     bool // the object went through decode or convert, and nothing has changed it since
	outside     bool // it came over the wire: roles decide what it may grant
	generated   bool // the object's name comes from its generateName
	vouched     bool // the object needs no preparation or validation; see api.Client
	// warnings are the texts of the answer's Warning headers, audit the annotations of the audit log.
	warnings []string
	audit    map[string]string
}

// warn adds a warning to the answer once.
func (c *call) warn(texts ...string) {
	for _, text := range texts {
		if !slices.Contains(c.warnings, text) {
			c.warnings = append(c.warnings, text)
		}
	}
}

// attributes describes a write to admission.
func (c *call) attributes(op api.Operation, obj, old *unstructured.Unstructured) *api.Attributes {
	a := &api.Attributes{
		Operation: op, Kind: c.res.gvk, Resource: c.res.gvr, Subresource: c.subresource,
		Namespace: c.namespace, Name: c.name, Generated: c.generated, Object: obj, OldObject: old,
		User: c.user, DryRun: c.dryRun, Audit: map[string]string{},
	}
	if c.res.gvk.Group == "" && c.res.gvk.Kind == "Namespace" {
		a.Namespace = c.name
	}
	return a
}

// mutate runs the first half of admission and returns the object it leaves.
func (s *Server) mutate(ctx context.Context, c *call, a *api.Attributes) (*unstructured.Unstructured, error) {
	before, chain := a.Object, s.chain()
	err := mutateBy(ctx, chain, a)
	if err == nil && a.Rounds.ShouldReinvoke() {
		a.Rounds.SetIsReinvoke()
		err = mutateBy(ctx, chain, a)
	}
	c.learn(a)
	if err != nil {
		return nil, asStatus(err)
	}
	c.decoded = c.decoded && a.Object == before
	c.vouched = c.vouched && a.Object == before // what admission made of it, nobody vouches for
	return a.Object, nil
}

func mutateBy(ctx context.Context, steps []api.Admission, a *api.Attributes) error {
	for _, step := range steps {
		if err := step.Mutate(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// admit runs the second half of admission on the object that would be stored.
func (s *Server) admit(ctx context.Context, c *call, a *api.Attributes) error {
	for _, step := range s.chain() {
		if err := step.Validate(ctx, a); err != nil {
			c.learn(a)
			return asStatus(err)
		}
	}
	c.learn(a)
	return nil
}

// learn takes over what admission said besides yes or no.
func (c *call) learn(a *api.Attributes) {
	c.warn(a.Warnings...)
	for key, value := range a.Audit {
		if c.audit == nil {
			c.audit = map[string]string{}
		}
		c.audit[key] = value
	}
}

// asStatus makes any error one that has a Status.
func asStatus(err error) error {
	if status := apierrors.APIStatus(nil); errors.As(err, &status) {
		return err
	}
	return &apierrors.StatusError{ErrStatus: statusOf(err)}
}

// storeError says what kube-apiserver says when the store refuses.
func (c *call) storeError(err error) error {
	gr := c.res.gvr.GroupResource()
	switch err {
	case nil:
		return nil
	case store.ErrNotFound:
		return apierrors.NewNotFound(gr, c.name)
	case store.ErrExists:
		return apierrors.NewAlreadyExists(gr, c.name)
	case store.ErrConflict:
		return apierrors.NewConflict(gr, c.name, errModified)
	}
	return apierrors.NewInternalError(err)
}

// invalid makes the error for an object that did not pass validation; metadata is checked last, so that a kind's own
// words win.
func (c *call) invalid(p prepared, metadata func() field.ErrorList) error {
	errs := p.errors
	if len(errs) == 0 && metadata != nil {
		errs = metadata()
	}
	if len(errs) == 0 {
		return nil
	}
	return apierrors.NewInvalid(c.res.gvk.GroupKind(), p.object.GetName(), errs)
}

// metadataErrors checks what every object must have.
func (c *call) metadataErrors(obj *unstructured.Unstructured) func() field.ErrorList {
	return func() field.ErrorList {
		return validation.ValidateObjectMetaAccessor(withoutManaged(obj), c.res.namespaced, path.ValidatePathSegmentName, field.NewPath("metadata"))
	}
}

// changedMetadataErrors checks also what may not change.
func (c *call) changedMetadataErrors(obj, old *unstructured.Unstructured) func() field.ErrorList {
	return func() field.ErrorList {
		errs := c.metadataErrors(obj)()
		obj, old := withoutManaged(obj), withoutManaged(old)
		return append(errs, validation.ValidateObjectMetaAccessorUpdate(obj, old, field.NewPath("metadata"))...)
	}
}
