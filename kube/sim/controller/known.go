package controller

import (
	"slices"
	"strconv"
	"strings"
	"unique"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

// entry is a known object: what names it, and what belongs to it. To hold on to whole objects here would double what a
// cluster takes.
type entry struct {
	gvr             resource
	namespace, name string
	uid             types.UID
	version         uint64
	deleting        *metav1.Time
	finalizers      []string
	owners          []metav1.OwnerReference
	// definition is the whole object of a CustomResourceDefinition, which says what is no longer served when it goes.
	definition *unstructured.Unstructured
}

// newEntry is what is to be known of an object. Of what was known of it before, nil for nothing, it shares the texts.
func newEntry(gvr resource, obj *unstructured.Unstructured, old *entry) *entry {
	e := &entry{
		gvr: gvr, namespace: obj.GetNamespace(), name: obj.GetName(), uid: obj.GetUID(), version: version(obj.GetResourceVersion()),
		deleting: obj.GetDeletionTimestamp(), finalizers: obj.GetFinalizers(), owners: obj.GetOwnerReferences(),
	}
	if old != nil {
		e.namespace, e.name, e.uid = old.namespace, old.name, old.uid
	}
	for i, owner := range e.owners {
		e.owners[i].APIVersion, e.owners[i].Kind = unique.Make(owner.APIVersion).Value(), unique.Make(owner.Kind).Value()
	}
	if gvr == crdResource {
		e.definition = obj
	}
	return e
}

// meta is the entry as the metadata of its object.
func (e *entry) meta() *metav1.ObjectMeta {
	return &metav1.ObjectMeta{
		Namespace: e.namespace, Name: e.name, UID: e.uid, ResourceVersion: strconv.FormatUint(e.version, 10),
		DeletionTimestamp: e.deleting, Finalizers: e.finalizers, OwnerReferences: e.owners,
	}
}

// object is the entry as what controllers work on.
func (e *entry) object() object { return object{namespace: e.namespace, name: e.name, gvr: e.gvr} }

// deleted is the change that the object is gone.
func (e *entry) deleted() change {
	obj := e.definition
	if obj == nil {
		obj = &unstructured.Unstructured{Object: map[string]any{}}
		obj.SetNamespace(e.namespace)
		obj.SetName(e.name)
		obj.SetUID(e.uid)
		obj.SetOwnerReferences(e.owners)
	}
	return change{kind: watch.Deleted, gvr: e.gvr, obj: obj}
}

// record takes in what became of an object, and says whether it was news.
func (w *watcher) record(ch change) bool {
	uid := ch.obj.GetUID()
	old, known := w.objects[uid]
	if ch.kind == watch.Deleted {
		w.forget(uid, old)
		return known
	}
	if !w.news(ch) {
		return false
	}
	w.forget(uid, old)
	e := newEntry(ch.gvr, ch.obj, old)
	w.objects[e.uid] = e
	w.spaces[e.namespace]++
	for i, ref := range e.owners {
		if owner, known := w.objects[ref.UID]; known { // the same texts in another place
			e.owners[i].UID, e.owners[i].Name = owner.uid, owner.name
		}
		w.adopt(e.owners[i].UID, e)
	}
	return true
}

// news says whether a state of an object is later than what is known of it.
func (w *watcher) news(ch change) bool {
	uid := ch.obj.GetUID()
	old, known := w.objects[uid]
	_, gone := w.gone[uid]
	return uid != "" && !gone && (!known || version(ch.obj.GetResourceVersion()) > old.version)
}

// forget drops what is known of an object, nil for nothing.
func (w *watcher) forget(uid types.UID, old *entry) {
	if old == nil {
		return
	}
	delete(w.objects, uid)
	if w.spaces[old.namespace]--; w.spaces[old.namespace] == 0 {
		delete(w.spaces, old.namespace)
	}
	for _, owner := range old.owners {
		w.disown(owner.UID, old)
	}
}

// adopt and disown say what an owner has.
func (w *watcher) adopt(owner types.UID, e *entry) { w.children[owner] = append(w.children[owner], e) }

func (w *watcher) disown(owner types.UID, e *entry) {
	left := w.children[owner]
	last := len(left) - 1
	i := slices.Index(left, e)
	if i < 0 {
		return
	}
	if last == 0 {
		delete(w.children, owner)
		return
	}
	left[i], left[last] = left[last], nil
	w.children[owner] = left[:last]
}

// dependents returns the objects that name a UID as an owner, in a fixed order.
func (w *watcher) dependents(uid types.UID) []*entry {
	out := slices.Clone(w.children[uid])
	slices.SortFunc(out, func(a, b *entry) int {
		return strings.Compare(a.gvr.String()+"/"+a.namespace+"/"+a.name, b.gvr.String()+"/"+b.namespace+"/"+b.name)
	})
	return slices.Compact(out) // one may name an owner twice
}
