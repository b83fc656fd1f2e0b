package store

import (
	"strconv"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
)

// Key names an object. Namespace is empty for cluster-scoped objects.
type Key struct {
	Resource  schema.GroupResource
	Namespace string
	Name      string
}

// less orders keys as etcd does those of one resource: by namespace and name.
func (k Key) less(other Key) bool {
	if k.Namespace != other.Namespace {
		return k.Namespace < other.Namespace
	}
	return k.Name < other.Name
}

// Item is a stored object at one resourceVersion. It is shared and must not be changed.
type Item struct {
	Key      Key
	Revision uint64
	Object   *unstructured.Unstructured

	// origin is what Replace was given for this item; nil for everything else.
	origin *unstructured.Unstructured

	encode sync.Once
	json   []byte
	err    error
}

// JSON returns the object's encoding, made once for all readers.
func (i *Item) JSON() ([]byte, error) {
	i.encode.Do(func() { i.json, i.err = i.Object.MarshalJSON() })
	return i.json, i.err
}

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
	return &Item{Key: key, Revision: revision, Object: obj}
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
