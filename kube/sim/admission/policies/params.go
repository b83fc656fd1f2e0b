package policies

import (
	"context"
	"fmt"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"

	"podsec/kube/sim/api"
)

// params reads the objects of a parameter's kind from the store, for code that expects an informer.
type params struct {
	reader    Reader
	resource  schema.GroupVersionResource
	namespace string
}

// paramsOf finds the resource behind a policy's paramKind. Without a kind all is nil; a kind that is not served is the
// error by which the policy refuses what it matches.
func paramsOf(reader Reader, resources []api.Resource, kind *admissionv1.ParamKind) (informers.GenericInformer, meta.RESTScope, error) {
	if kind == nil {
		return nil, nil, nil
	}
	gv, err := schema.ParseGroupVersion(kind.APIVersion)
	if err != nil {
		return nil, nil, fmt.Errorf("failed to parse paramKind APIVersion: %w", err)
	}
	wanted := gv.WithKind(kind.Kind)
	for _, r := range resources {
		if r.GVK != wanted {
			continue
		}
		if r.Namespaced {
			return params{reader: reader, resource: r.GVR}, meta.RESTScopeNamespace, nil
		}
		return params{reader: reader, resource: r.GVR}, meta.RESTScopeRoot, nil
	}
	return nil, nil, fmt.Errorf("failed to find resource referenced by paramKind: '%v'", wanted)
}

// Informer implements informers.GenericInformer.
func (params) Informer() cache.SharedIndexInformer { return synced{} }

// Lister implements informers.GenericInformer.
func (p params) Lister() cache.GenericLister { return p }

// ByNamespace implements cache.GenericLister.
func (p params) ByNamespace(namespace string) cache.GenericNamespaceLister {
	p.namespace = namespace
	return p
}

// Get implements cache.GenericLister.
func (p params) Get(name string) (runtime.Object, error) {
	obj, err := p.reader.Get(context.Background(), p.resource, p.namespace, name)
	if err != nil {
		return nil, err
	}
	return obj, nil
}

// List implements cache.GenericLister.
func (p params) List(selector labels.Selector) ([]runtime.Object, error) {
	all, err := p.reader.List(context.Background(), p.resource, p.namespace, selector)
	if err != nil {
		return nil, err
	}
	out := make([]runtime.Object, len(all))
	for i, obj := range all {
		out[i] = obj
	}
	return out, nil
}

// synced is an informer that always knows all.
type synced struct{ cache.SharedIndexInformer }

// HasSynced implements cache.SharedIndexInformer.
func (synced) HasSynced() bool { return true }
