package controller

import (
	extensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
)

var crdResource = extensionsv1.SchemeGroupVersion.WithResource("customresourcedefinitions")

// follow watches the resources of a CustomResourceDefinition while it is there: custom resources have owners and live
// in namespaces like all others. Of several versions, which are the same objects, it watches the stored one.
func (w *watcher) follow(ch change) {
	crd, err := decode[extensionsv1.CustomResourceDefinition](ch.obj)
	if err != nil {
		return
	}
	for _, v := range crd.Spec.Versions {
		if !v.Storage || !v.Served {
			continue
		}
		gvr := schema.GroupVersionResource{Group: crd.Spec.Group, Version: v.Name, Resource: crd.Spec.Names.Plural}
		have, watched := w.resources[gvr]
		switch {
		case ch.kind == watch.Deleted && watched:
			have.stop()
			delete(w.resources, gvr)
			w.forgetResource(gvr)
		case ch.kind != watch.Deleted && !watched:
			w.begin(gvr, crd)
		}
	}
}

// begin watches a custom resource. One that is not served yet is tried again when its definition's status changes.
func (w *watcher) begin(gvr resource, crd *extensionsv1.CustomResourceDefinition) {
	r := watched{
		gvr: gvr, kind: gvr.GroupVersion().WithKind(crd.Spec.Names.Kind), namespaced: crd.Spec.Scope == extensionsv1.NamespaceScoped,
	}
	_ = w.watch(w.root, r) // an error means not yet, see above
}

// forgetResource drops the objects of a resource that is no longer served.
func (w *watcher) forgetResource(gvr resource) {
	for uid, e := range w.objects {
		if e.gvr == gvr {
			w.forget(uid, e)
		}
	}
}
