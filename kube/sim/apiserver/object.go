package apiserver

import (
	"maps"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/kube/sim/api"
)

// fieldError shortens the element type of field.ErrorList.
type fieldError = field.Error

// withField returns obj with one top-level field set, or removed when value is nil. obj itself does not change.
func withField(obj *unstructured.Unstructured, value any, name string) *unstructured.Unstructured {
	content := maps.Clone(obj.Object)
	if value == nil {
		delete(content, name)
	} else {
		content[name] = value
	}
	return &unstructured.Unstructured{Object: content}
}

// ownMetadata returns obj with metadata of its own, so that setting metadata fields does not reach other holders.
func ownMetadata(obj *unstructured.Unstructured) *unstructured.Unstructured {
	meta, _ := obj.Object["metadata"].(map[string]any)
	copied := make(map[string]any, len(meta)+4)
	maps.Copy(copied, meta)
	return withField(obj, copied, "metadata")
}

// statusOnly returns old with the status and the managed fields of obj: what a write to /status may change.
func statusOnly(obj, old *unstructured.Unstructured) *unstructured.Unstructured {
	out := ownMetadata(withField(old, obj.Object["status"], "status"))
	if managed := managedFieldsOf(obj); managed != nil {
		out.Object["metadata"].(map[string]any)["managedFields"] = managed
	}
	return out
}

// withoutManaged returns obj without its managed fields, which field management alone writes: nobody checks them again.
func withoutManaged(obj *unstructured.Unstructured) *unstructured.Unstructured {
	meta, _ := obj.Object["metadata"].(map[string]any)
	if _, ok := meta["managedFields"]; !ok {
		return obj
	}
	meta = maps.Clone(meta)
	delete(meta, "managedFields")
	return withField(obj, meta, "metadata")
}

func managedFieldsOf(obj *unstructured.Unstructured) []any {
	managed, _, _ := unstructured.NestedFieldNoCopy(obj.Object, "metadata", "managedFields")
	list, _ := managed.([]any)
	return list
}

// specDiffers compares everything but metadata and status, which is what generation counts.
func specDiffers(obj, old runtime.Object) (bool, error) {
	a, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	if err != nil {
		return false, err
	}
	b, err := runtime.DefaultUnstructuredConverter.ToUnstructured(old)
	if err != nil {
		return false, err
	}
	return contentDiffers(a, b, "metadata", "status"), nil
}

// contentDiffers compares objects without some of their top-level fields.
func contentDiffers(a, b map[string]any, without ...string) bool {
	a, b = maps.Clone(a), maps.Clone(b)
	for _, name := range without {
		delete(a, name)
		delete(b, name)
	}
	return !api.Equal(a, b)
}

// sameObject says whether a write changes nothing. When a field was last written does not count, as in kube-apiserver:
// a repeated update is no event.
func sameObject(obj, old *unstructured.Unstructured) bool {
	return !contentDiffers(withoutTimes(obj), withoutTimes(old))
}

// withoutTimes returns an object's content with managed fields that have no time, and no resourceVersion.
func withoutTimes(obj *unstructured.Unstructured) map[string]any {
	out := ownMetadata(obj)
	meta := out.Object["metadata"].(map[string]any)
	delete(meta, "resourceVersion")
	if managed := managedFieldsOf(obj); managed != nil {
		timeless := make([]any, len(managed))
		for i, entry := range managed {
			fields, ok := entry.(map[string]any)
			if !ok {
				timeless[i] = entry
				continue
			}
			fields = maps.Clone(fields)
			delete(fields, "time")
			timeless[i] = fields
		}
		meta["managedFields"] = timeless
	}
	return out.Object
}

// defaultColumns are those of a kind that prints nothing of its own.
func defaultColumns() []metav1.TableColumnDefinition {
	return []metav1.TableColumnDefinition{
		{Name: "Name", Type: "string", Format: "name", Description: metav1.ObjectMeta{}.SwaggerDoc()["name"]},
		{Name: "Created At", Type: "date", Description: metav1.ObjectMeta{}.SwaggerDoc()["creationTimestamp"]},
	}
}

func defaultRow(obj *unstructured.Unstructured) []any {
	return []any{obj.GetName(), obj.GetCreationTimestamp().UTC().Format(time.RFC3339)}
}
