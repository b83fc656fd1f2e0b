package apiserver

import (
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kjson "sigs.k8s.io/json"
)

// fieldSets remembers the sets of fields in managed fields as they are stored. Objects that are made alike have the same
// ones: to parse them for each object takes as long as to find out what they are, and to keep them for each takes more
// memory than all the rest of a Pod.
type fieldSets struct {
	mu    sync.Mutex
	known map[string]any
}

// fieldSetLimit is how many sets are remembered; those that name what is in one object only would fill the memory.
const fieldSetLimit = 256

// of returns a set as stored. It is shared and must not be changed.
func (f *fieldSets) of(raw []byte) (any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if set, ok := f.known[string(raw)]; ok {
		return set, nil
	}
	var set any
	if err := kjson.UnmarshalCaseSensitivePreserveInts(raw, &set); err != nil {
		return nil, err
	}
	if f.known == nil || len(f.known) >= fieldSetLimit {
		f.known = make(map[string]any, fieldSetLimit)
	}
	f.known[string(raw)] = set
	return set, nil
}

// managedObject is an object whose managed fields field management writes.
type managedObject struct {
	*unstructured.Unstructured
	sets *fieldSets
}

// SetManagedFields implements metav1.Object as Unstructured does. What cannot be stored leaves the object without managed
// fields.
func (o managedObject) SetManagedFields(entries []metav1.ManagedFieldsEntry) {
	o.Unstructured.SetManagedFields(nil)
	meta, ok := o.Object["metadata"].(map[string]any)
	if !ok || entries == nil {
		return
	}
	list := make([]any, len(entries))
	for i := range entries {
		entry, err := o.entry(&entries[i])
		if err != nil {
			return
		}
		list[i] = entry
	}
	meta["managedFields"] = list
}

// entry returns an entry as stored, without what is empty.
func (o managedObject) entry(e *metav1.ManagedFieldsEntry) (map[string]any, error) {
	out := make(map[string]any, 7)
	for name, value := range map[string]string{
		"manager": e.Manager, "operation": string(e.Operation), "apiVersion": e.APIVersion, "fieldsType": e.FieldsType, "subresource": e.Subresource,
	} {
		if value != "" {
			out[name] = value
		}
	}
	if e.Time != nil {
		out["time"] = e.Time.UTC().Format(time.RFC3339)
	}
	if e.FieldsV1 == nil {
		return out, nil
	}
	set, err := o.sets.of(e.FieldsV1.GetRawBytes())
	out["fieldsV1"] = set
	return out, err
}
