package apiserver

import (
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/utils/clock"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// converterFunc returns the schema knowledge that field management needs. Making it is expensive: it is called at the
// first write.
type converterFunc func() managedfields.TypeConverter

// fieldManagers keeps track of who set which field of one resource's objects (metadata.managedFields), which
// server-side apply needs. There is one manager per subresource.
type fieldManagers struct {
	gvk       schema.GroupVersionKind
	converter converterFunc
	clock     clock.PassiveClock
	status    bool // status is written apart
	// blank is what an object of a Go type has before anything is set: {"spec":{"containers":null},…}; nil for none.
	// It is asked for at the first write: types are expensive to look through the first time, and there are many.
	blank func() map[string]any
	sets  fieldSets
	new   *creations

	mu   sync.Mutex
	made map[string]*managedfields.FieldManager
}

func newFieldManagers(gvk schema.GroupVersionKind, status bool, converter converterFunc, clock clock.PassiveClock) *fieldManagers {
	return &fieldManagers{gvk: gvk, status: status, converter: converter, clock: clock, blank: nothing, new: newCreations(), made: map[string]*managedfields.FieldManager{}}
}

func nothing() map[string]any { return nil }

// of returns the manager of a subresource ("" is the object itself).
func (f *fieldManagers) of(subresource string) (*managedfields.FieldManager, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if m, ok := f.made[subresource]; ok {
		return m, nil
	}
	one := oneVersion{gvk: f.gvk, blank: f.blank()}
	m, err := managedfields.NewDefaultFieldManager(f.converter(), one, one, one, f.gvk, f.gvk.GroupVersion(), subresource, f.ignored(subresource))
	if err != nil {
		return nil, fmt.Errorf("make field manager of %s: %w", f.gvk.Kind, err)
	}
	f.made[subresource] = m
	return m, nil
}

// ignored are the fields that a write to an endpoint does not set, whatever it sends: status belongs to /status, and
// everything else does not.
func (f *fieldManagers) ignored(subresource string) map[fieldpath.APIVersion]fieldpath.Filter {
	set := fieldpath.NewSet(fieldpath.MakePathOrDie("status"))
	switch {
	case subresource == "status":
		set = fieldpath.NewSet(fieldpath.MakePathOrDie("spec"), fieldpath.MakePathOrDie("metadata"))
	case !f.status:
		return nil
	}
	version := fieldpath.APIVersion(f.gvk.GroupVersion().String())
	return fieldpath.NewExcludeFilterSetMap(map[fieldpath.APIVersion]*fieldpath.Set{version: set})
}

// empty returns the object that a create starts from.
func (f *fieldManagers) empty() *unstructured.Unstructured {
	return blankObject(f.gvk, f.blank())
}

// update returns obj with managed fields that say that manager changed live into it. live is nil for a create. What the
// schema cannot describe is stored without managed fields, as kube-apiserver does.
func (f *fieldManagers) update(live, obj *unstructured.Unstructured, manager, subresource string) *unstructured.Unstructured {
	m, err := f.of(subresource)
	if err != nil {
		return obj
	}
	if live == nil {
		return f.created(m, obj, manager, subresource)
	}
	if subresource == "status" && onlyStatus(live) && onlyStatus(obj) {
		return f.updateStatus(m, live, obj, manager)
	}
	return f.changed(m, live, obj, manager)
}

// changed is update by the long way.
func (f *fieldManagers) changed(m *managedfields.FieldManager, live, obj *unstructured.Unstructured, manager string) *unstructured.Unstructured {
	out := ownMetadata(obj)
	if err := f.note(m, live, out, manager); err == nil {
		return f.stamped(out, live)
	}
	obj = ownMetadata(obj)
	obj.SetManagedFields(nil)
	return obj
}

// created is update for a create. What objects that are made alike got is remembered.
func (f *fieldManagers) created(m *managedfields.FieldManager, obj *unstructured.Unstructured, manager, subresource string) *unstructured.Unstructured {
	if _, brought, _ := unstructured.NestedFieldNoCopy(obj.Object, "metadata", "managedFields"); brought {
		return f.changed(m, f.empty(), obj, manager)
	}
	entries, key, known := f.new.of(obj, manager, subresource)
	if !known {
		out := f.changed(m, f.empty(), obj, manager)
		f.new.note(key, anew(managedFieldsOf(out)))
		return out
	}
	out := ownMetadata(obj)
	if entries != nil {
		out.Object["metadata"].(map[string]any)["managedFields"] = anew(entries)
	}
	return f.stamped(out, &unstructured.Unstructured{})
}

// updateStatus is update for a write to /status. The field manager ignores everything else of such an object, but walks
// through it several times: it gets the status alone.
func (f *fieldManagers) updateStatus(m *managedfields.FieldManager, live, obj *unstructured.Unstructured, manager string) *unstructured.Unstructured {
	out := statusPart(obj)
	err := f.note(m, statusPart(live), out, manager)
	obj = ownMetadata(obj)
	if err != nil {
		obj.SetManagedFields(nil)
		return obj
	}
	meta := obj.Object["metadata"].(map[string]any)
	if managed := managedFieldsOf(f.stamped(out, live)); managed != nil {
		meta["managedFields"] = managed
	} else {
		delete(meta, "managedFields")
	}
	return obj
}

// note writes into obj's managed fields that manager changed live into it.
func (f *fieldManagers) note(m *managedfields.FieldManager, live, obj *unstructured.Unstructured, manager string) error {
	_, err := m.Update(live, managedObject{Unstructured: obj, sets: &f.sets}, manager)
	return err
}

// onlyStatus says that an object has nothing beside its status but what a write to /status ignores.
func onlyStatus(obj *unstructured.Unstructured) bool {
	for name := range obj.Object {
		switch name {
		case "apiVersion", "kind", "metadata", "spec", "status":
		default:
			return false
		}
	}
	return true
}

// statusPart returns an object's status, with its managed fields.
func statusPart(obj *unstructured.Unstructured) *unstructured.Unstructured {
	meta := map[string]any{}
	if managed := managedFieldsOf(obj); managed != nil {
		meta["managedFields"] = managed
	}
	part := map[string]any{"apiVersion": obj.Object["apiVersion"], "kind": obj.Object["kind"], "metadata": meta}
	if status, ok := obj.Object["status"]; ok {
		part["status"] = status
	}
	return &unstructured.Unstructured{Object: part}
}

// apply merges an applied configuration into live, as server-side apply does; a conflict with another manager is a
// Status error unless force is set.
func (f *fieldManagers) apply(live, applied *unstructured.Unstructured, manager, subresource string, force bool) (*unstructured.Unstructured, error) {
	m, err := f.of(subresource)
	if err != nil {
		return nil, err
	}
	if live == nil {
		live = f.empty()
	}
	out, err := m.Apply(live.DeepCopy(), applied, manager, force)
	if err != nil || out == nil {
		return nil, err
	}
	u, ok := out.(*unstructured.Unstructured)
	if !ok {
		return nil, fmt.Errorf("apply %s: unexpected object %T", f.gvk.Kind, out)
	}
	return f.stamped(u, live), nil
}

// stamped puts the cluster's time on the entries that are new, which the field manager gave the machine's.
func (f *fieldManagers) stamped(obj, live *unstructured.Unstructured) *unstructured.Unstructured {
	known := map[string]bool{}
	for _, entry := range managedFieldsOf(live) {
		if fields, ok := entry.(map[string]any); ok {
			if at, ok := fields["time"].(string); ok {
				known[at] = true
			}
		}
	}
	now := f.clock.Now().UTC().Format(time.RFC3339)
	for _, entry := range managedFieldsOf(obj) {
		if fields, ok := entry.(map[string]any); ok {
			if at, ok := fields["time"].(string); ok && !known[at] {
				fields["time"] = now
			}
		}
	}
	return obj
}

// oneVersion answers the field manager's questions about versions: there is one, and objects stay as they are.
type oneVersion struct {
	gvk   schema.GroupVersionKind
	blank map[string]any
}

func (oneVersion) Convert(_, _, _ any) error { return nil }

func (o oneVersion) ConvertToVersion(in runtime.Object, gv runtime.GroupVersioner) (runtime.Object, error) {
	u, ok := in.(*unstructured.Unstructured)
	if managed, is := in.(managedObject); is {
		u, ok = managed.Unstructured, true
	}
	if !ok {
		return nil, fmt.Errorf("convert %T: not an unstructured object", in)
	}
	target, ok := gv.KindForGroupVersionKinds([]schema.GroupVersionKind{o.gvk})
	if !ok {
		return nil, runtime.NewNotRegisteredErrForTarget("apiserver", nil, gv)
	}
	if u.GroupVersionKind() != target {
		u = withField(u, target.GroupVersion().String(), "apiVersion")
	}
	return u, nil
}

func (oneVersion) ConvertFieldLabel(_ schema.GroupVersionKind, label, value string) (string, string, error) {
	return label, value, nil
}

func (oneVersion) Default(runtime.Object) {}

func (o oneVersion) New(kind schema.GroupVersionKind) (runtime.Object, error) {
	return blankObject(kind, o.blank), nil
}

// blankObject is an object in which nothing is set.
func blankObject(kind schema.GroupVersionKind, blank map[string]any) *unstructured.Unstructured {
	u := &unstructured.Unstructured{Object: runtime.DeepCopyJSON(blank)}
	if u.Object == nil {
		u.Object = map[string]any{}
	}
	u.SetGroupVersionKind(kind)
	return u
}
