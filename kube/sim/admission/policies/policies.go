package policies

import (
	"context"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	upstream "k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/policy/generic"
	"k8s.io/apiserver/pkg/admission/plugin/policy/matching"
	"k8s.io/apiserver/pkg/admission/plugin/policy/mutating"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/warning"

	"podsec/kube/sim/api"
)

// Reader reads what is stored; api.Client has it.
type Reader interface {
	Get(ctx context.Context, gvr schema.GroupVersionResource, namespace, name string) (*unstructured.Unstructured, error)
	List(ctx context.Context, gvr schema.GroupVersionResource, namespace string, selector labels.Selector) ([]*unstructured.Unstructured, error)
}

// Catalog is what policies must know of the API server and its kinds.
type Catalog interface {
	authorizer.Authorizer
	// Generation changes when a policy, a binding or what is served does.
	Generation() uint64
	// Resources returns what is served.
	Resources() []api.Resource
	// Convert returns an object in another version of its resource.
	Convert(obj *unstructured.Unstructured, kind schema.GroupVersionKind) (*unstructured.Unstructured, error)
	// Default returns an object with the defaults of its kind.
	Default(obj *unstructured.Unstructured) (*unstructured.Unstructured, error)
	// Scaled returns the Scale of an object.
	Scaled(obj *unstructured.Unstructured) (*unstructured.Unstructured, error)
	// TypeConverter returns the schema of a kind as merging needs it; nil if it is not served.
	TypeConverter(kind schema.GroupVersionKind) managedfields.TypeConverter
}

// Policies is the step of admission at which the policies act: all that mutate, and later all that validate.
type Policies struct {
	catalog    Catalog
	source     *source
	validating generic.Dispatcher[validating.PolicyHook]
	mutating   generic.Dispatcher[mutating.PolicyHook]
}

// New returns the step. Its place in the chain is before the webhooks.
func New(reader Reader, catalog Catalog) *Policies {
	matcher := matching.NewMatcher(namespaces{reader}, missingNamespaces{})
	return &Policies{
		catalog: catalog, source: newSource(reader, catalog),
		validating: validating.NewDispatcher(catalog, generic.NewPolicyMatcher(matcher)),
		mutating:   mutating.NewDispatcher(catalog, matcher, converters{catalog}),
	}
}

// Mutate implements api.Admission.
func (p *Policies) Mutate(ctx context.Context, a *api.Attributes) error {
	if a.Operation == api.Delete || exempt(a) {
		return nil
	}
	hooks, err := p.source.current(ctx)
	if err != nil || len(hooks.mutating) == 0 || a.Object == nil || a.Subresource == "scale" {
		return err
	}
	r := newRequest(a, a.Object, a.OldObject, a.Kind)
	if err := p.mutating.Dispatch(ctx, r, hooks.objects, hooks.mutating); err != nil {
		return err
	}
	if r.target != nil && !api.Equal(r.target.Object, a.Object.Object) {
		a.Object = r.target
	}
	return nil
}

// Validate implements api.Admission.
func (p *Policies) Validate(ctx context.Context, a *api.Attributes) error {
	if exempt(a) {
		return nil
	}
	hooks, err := p.source.current(ctx)
	if err != nil || len(hooks.validating) == 0 {
		return err
	}
	r, err := p.seen(a)
	if err != nil {
		return err
	}
	return p.validating.Dispatch(warning.WithWarningRecorder(ctx, warner{a}), r, hooks.objects, hooks.validating)
}

// exempt says that policies are not asked: they could lock out who wants to mend them.
func exempt(a *api.Attributes) bool {
	if a.Resource.Group != admissionv1.GroupName {
		return false
	}
	switch a.Resource.Resource {
	case "validatingadmissionpolicies", "validatingadmissionpolicybindings", "mutatingadmissionpolicies", "mutatingadmissionpolicybindings":
		return true
	}
	return false
}

// seen is a request as policies see it: who writes the scale of an object writes a Scale.
func (p *Policies) seen(a *api.Attributes) (*request, error) {
	if a.Subresource != "scale" || a.Object == nil || a.OldObject == nil {
		return newRequest(a, a.Object, a.OldObject, a.Kind), nil
	}
	obj, err := p.catalog.Scaled(a.Object)
	if err != nil {
		return nil, err
	}
	old, err := p.catalog.Scaled(a.OldObject)
	if err != nil {
		return nil, err
	}
	return newRequest(a, obj, old, obj.GroupVersionKind()), nil
}

// warner puts the warnings of policies into the answer.
type warner struct{ request *api.Attributes }

// AddWarning implements warning.Recorder.
func (w warner) AddWarning(_, text string) { w.request.Warn(text) }

var _ upstream.ReinvocationContext = &api.Rounds{}
