package policies

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	upstream "k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/authentication/user"

	"podsec/kube/sim/api"
)

// request shows a request as kube-apiserver's code wants to see it.
type request struct {
	upstream.Attributes
	from *api.Attributes
	// target is the object that policies change: it shares its content with the request's until then.
	target *unstructured.Unstructured
}

func newRequest(a *api.Attributes, obj, old *unstructured.Unstructured, kind schema.GroupVersionKind) *request {
	r := &request{from: a}
	// A nil *Unstructured in an interface is not nil: absent objects stay out.
	var object, before runtime.Object
	if obj != nil {
		r.target = &unstructured.Unstructured{Object: obj.Object}
		object = r.target
	}
	if old != nil {
		before = old
	}
	r.Attributes = upstream.NewAttributesRecord(object, before, kind, a.Namespace, a.Name, a.Resource, a.Subresource,
		upstream.Operation(a.Operation), nil, a.DryRun, userOf(a))
	return r
}

func userOf(a *api.Attributes) user.Info {
	extra := make(map[string][]string, len(a.User.Extra))
	for key, value := range a.User.Extra {
		extra[key] = value
	}
	return &user.DefaultInfo{Name: a.User.Username, UID: a.User.UID, Groups: a.User.Groups, Extra: extra}
}

// GetReinvocationContext implements admission.Attributes with what lasts for both rounds of mutation.
func (r *request) GetReinvocationContext() upstream.ReinvocationContext { return &r.from.Rounds }

// AddAnnotation implements admission.Attributes. Of several values of a key the first stays; a real server writes the others
// into its log.
func (r *request) AddAnnotation(key, value string) error {
	r.from.Annotate(key, value)
	return nil
}
