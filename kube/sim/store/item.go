package store

import (
	"fmt"
	"strconv"
	"sync"
	"unique"
	"weak"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	kjson "sigs.k8s.io/json"

	"podsec/kube/sim/api"
)

// Key names an object. Namespace is empty for cluster-scoped objects.
type Key struct {
	Resource  schema.GroupResource
	Namespace string
	Name      string
}

// place is where an item is on the shelf of its resource.
type place struct{ namespace, name string }

func (k Key) place() place { return place{k.Namespace, k.Name} }

// less orders keys as etcd does those of one resource: by namespace and name.
func (k Key) less(other Key) bool {
	if k.Namespace != other.Namespace {
		return k.Namespace < other.Namespace
	}
	return k.Name < other.Name
}

// Item is a stored object at one resourceVersion. It is shared and must not be changed.
//
// An object as maps takes ten times as much memory as its JSON, and JSON that is like that of its neighbours nearly
// none when it is packed. So only the latest items are kept as maps; the others are unpacked when somebody asks. What
// lists are filtered by is at hand in any case.
type Item struct {
	Key        Key
	Revision   uint64
	UID        types.UID
	Labels     labels.Set
	Controller types.UID // of the controlling owner, "" for none
	Deleting   bool      // has a deletion timestamp

	// origin is what Replace was given for this item; nil for everything else.
	origin *unstructured.Unstructured

	mu     sync.Mutex
	object *unstructured.Unstructured // nil once the item is cold
	// lent is the object that the last reader of a cold item got, as long as anybody holds it.
	lent   weak.Pointer[unstructured.Unstructured]
	json   []byte    // nil until it is made, and when it is large
	packed *unpacker // what makes the encoding of json, if it is not nil
}

// coldLimit is the size from which an object is too large to be unpacked each time, and its encoding to be kept beside
// it: definitions of a megabyte.
const coldLimit = 128 << 10

// Event is one change. For a deletion Item is the object as it was last, with the resourceVersion of the deletion.
type Event struct {
	Type     watch.EventType // Added, Modified or Deleted
	Revision uint64
	Item     *Item
	Old      *Item // nil for Added
}

// newItem takes over obj and stamps it with its resourceVersion.
func newItem(key Key, obj *unstructured.Unstructured, revision uint64) *Item {
	obj.SetResourceVersion(strconv.FormatUint(revision, 10))
	item := &Item{Key: key, Revision: revision, UID: obj.GetUID(), Labels: obj.GetLabels(), object: obj}
	item.Key.Namespace = unique.Make(key.Namespace).Value()
	item.Deleting = obj.GetDeletionTimestamp() != nil
	if owner := metav1.GetControllerOfNoCopy(obj); owner != nil {
		item.Controller = owner.UID
	}
	item.name(obj)
	return item
}

// name gives an object the texts that the item itself has. What readers keep of an object is mostly what names it: that
// is then there once, and does not hold in place what was made at the same time.
func (i *Item) name(obj *unstructured.Unstructured) {
	meta, _ := obj.Object["metadata"].(map[string]any)
	for _, own := range []struct{ field, text string }{{"namespace", i.Key.Namespace}, {"name", i.Key.Name}, {"uid", string(i.UID)}} {
		if meta[own.field] == own.text {
			meta[own.field] = own.text
		}
	}
}

// successor is newItem for the next state of an object: what most often stays as it was, both hold.
func successor(old *Item, obj *unstructured.Unstructured, revision uint64) *Item {
	item := newItem(old.Key, obj, revision)
	if item.UID == old.UID {
		item.UID = old.UID // the same text in another place
		item.name(obj)
	}
	if item.Controller == old.Controller {
		item.Controller = old.Controller
	}
	return item
}

// restamp is newItem for an object that others hold: metadata is copied, the rest is shared.
func restamp(key Key, obj *unstructured.Unstructured, revision uint64) *Item {
	top := make(map[string]any, len(obj.Object))
	for k, v := range obj.Object {
		top[k] = v
	}
	if meta, ok := top["metadata"].(map[string]any); ok {
		copied := make(map[string]any, len(meta)+1)
		for k, v := range meta {
			copied[k] = v
		}
		top["metadata"] = copied
	}
	return newItem(key, &unstructured.Unstructured{Object: top}, revision)
}

// Object returns the object. Readers at one time share it.
func (i *Item) Object() *unstructured.Unstructured {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.object != nil {
		return i.object
	}
	if lent := i.lent.Value(); lent != nil {
		return lent
	}
	obj := i.decode()
	i.lent = weak.Make(obj)
	return obj
}

// decode parses what cool encoded. That it cannot be is a bug: the object would be lost.
func (i *Item) decode() *unstructured.Unstructured {
	data, err := i.encoding()
	content := map[string]any{}
	if err == nil {
		err = kjson.UnmarshalCaseSensitivePreserveInts(data, &content)
	}
	if err != nil {
		panic(fmt.Sprintf("decode stored %s %s/%s: %v", i.Key.Resource, i.Key.Namespace, i.Key.Name, err))
	}
	obj := &unstructured.Unstructured{Object: content}
	obj.SetAPIVersion(unique.Make(obj.GetAPIVersion()).Value())
	obj.SetKind(unique.Make(obj.GetKind()).Value())
	i.name(obj)
	return obj
}

// JSON returns the object's encoding.
func (i *Item) JSON() ([]byte, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.encoding()
}

func (i *Item) encoding() ([]byte, error) {
	switch {
	case i.packed != nil:
		return i.packed.unpack(i.json)
	case i.json != nil:
		return i.json, nil
	}
	data, err := api.Encode(i.object.Object)
	if err == nil && len(data) < coldLimit {
		i.json = data
	}
	return data, err
}

// cool keeps of the item only its encoding. What came from Replace stays as it is: who called it holds the objects.
func (i *Item) cool(packers *packers) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.object == nil || i.origin != nil {
		return
	}
	data, err := i.encoding()
	if err != nil {
		return
	}
	if len(data) >= coldLimit {
		return
	}
	i.object = nil
	i.json, i.packed = packers.pack(i.Key.Resource, data)
}
