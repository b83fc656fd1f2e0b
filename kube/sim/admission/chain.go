package admission

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/kube/sim/api"
)

// Reader is what admission must know of the cluster; api.Client has it.
type Reader interface {
	Get(ctx context.Context, gvr schema.GroupVersionResource, namespace, name string) (*unstructured.Unstructured, error)
	List(ctx context.Context, gvr schema.GroupVersionResource, namespace string, selector labels.Selector) ([]*unstructured.Unstructured, error)
}

// Cluster is a Reader that also writes the status of objects; api.Client has it.
type Cluster interface {
	Reader
	Update(ctx context.Context, gvr schema.GroupVersionResource, obj *unstructured.Unstructured, subresource string) (*unstructured.Unstructured, error)
}

// Names gives the random part of names; ident.Source has it.
type Names interface {
	Suffix(kind, namespace, generateName string) string
}

// Chain returns the steps of a cluster in the order of kube-apiserver's own: what is compiled in comes before webhooks.
// validators (Pod Security Admission) stand between both, so that their refusal is the one that a client sees. Quotas come
// last, and charge only what everybody else allowed.
func Chain(cluster Cluster, names Names, services api.Services, validators ...api.Admission) []api.Admission {
	steps := []api.Admission{
		NewNamespaceLifecycle(cluster), NewLimitRanger(cluster), NewServiceAccount(cluster, names), NewPriority(cluster), NewDefaultTolerations(),
	}
	return append(append(steps, validators...), NewWebhooks(cluster, services), NewResourceQuota(cluster))
}

// mutating makes an api.Admission of a function that mutates.
type mutating func(ctx context.Context, a *api.Attributes) error

func (m mutating) Mutate(ctx context.Context, a *api.Attributes) error { return m(ctx, a) }

func (mutating) Validate(context.Context, *api.Attributes) error { return nil }

func core(resource string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Version: "v1", Resource: resource}
}

// forbidden is the error of a step that mutates. On a real server names are generated after those, so that it names a new
// object by its generateName: many of a controller's pods are refused by one and the same error.
func forbidden(a *api.Attributes, because error) *apierrors.StatusError {
	name := a.Name
	if a.Generated {
		name = a.Object.GetGenerateName()
	}
	return apierrors.NewForbidden(a.Resource.GroupResource(), name, because)
}

// isPod says whether a request is about a pod itself.
func isPod(a *api.Attributes) bool {
	return a.Resource == core("pods") && a.Subresource == ""
}
