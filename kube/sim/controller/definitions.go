package controller

import (
	"context"
	"maps"

	extensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

var crdResource = extensionsv1.SchemeGroupVersion.WithResource("customresourcedefinitions")

// definitions watches the resources of every CustomResourceDefinition while it is there: custom resources have owners
// and live in namespaces like all others. Of several versions, which are the same objects, it watches the stored one.
type definitions struct{ *world }

func (d *definitions) observe(ch change) []object {
	if ch.gvr != crdResource {
		return nil
	}
	if ch.kind == watch.Deleted {
		if r, ok := storedResource(ch); ok {
			d.watcher.unwatch(r.gvr)
		}
		return nil
	}
	return []object{{name: ch.obj.GetName()}}
}

// definition is what there is to know of a CustomResourceDefinition here. The schemas, most of it by far, are not
// decoded.
type definition struct {
	Spec struct {
		Group    string                                     `json:"group"`
		Scope    extensionsv1.ResourceScope                 `json:"scope"`
		Names    extensionsv1.CustomResourceDefinitionNames `json:"names"`
		Versions []struct {
			Name    string `json:"name"`
			Served  bool   `json:"served"`
			Storage bool   `json:"storage"`
		} `json:"versions"`
	} `json:"spec"`
}

// storedResource returns the resource of a definition's stored version, if it is served.
func storedResource(ch change) (watched, bool) {
	crd, err := decode[definition](ch.obj)
	if err != nil {
		return watched{}, false
	}
	for _, v := range crd.Spec.Versions {
		if v.Storage && v.Served {
			gvr := resource{Group: crd.Spec.Group, Version: v.Name, Resource: crd.Spec.Names.Plural}
			return watched{
				gvr: gvr, kind: gvr.GroupVersion().WithKind(crd.Spec.Names.Kind), namespaced: crd.Spec.Scope == extensionsv1.NamespaceScoped,
			}, true
		}
	}
	return watched{}, false
}

// reconcile begins to watch. A definition can be seen a moment before its resource is served; the error makes the
// work list try again.
func (d *definitions) reconcile(ctx context.Context, at object) error {
	crd, err := d.client.Get(ctx, crdResource, "", at.name)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	r, ok := storedResource(change{obj: crd})
	if !ok {
		return nil
	}
	if _, have := d.watcher.resources[r.gvr]; have {
		return nil
	}
	return d.watcher.watch(d.watcher.root, r)
}

// unwatch forgets a resource that is no longer served, and its objects.
func (w *watcher) unwatch(gvr resource) {
	have, ok := w.resources[gvr]
	if !ok {
		return
	}
	have.stop()
	delete(w.resources, gvr)
	for uid, e := range w.objects {
		if e.gvr == gvr {
			w.forget(uid, e)
		}
	}
	maps.DeleteFunc(w.gone, func(_ types.UID, of resource) bool { return of == gvr })
}
