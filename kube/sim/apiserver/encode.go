package apiserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"podsec/kube/sim/api"
	"podsec/kube/sim/store"
)

// encoder writes objects of one resource in the form that a client asked for.
type encoder struct {
	res  *resource
	form form
	now  time.Time
}

func (s *Server) encoder(res *resource, f form) *encoder {
	return &encoder{res: res, form: f, now: s.clock.Now()}
}

// object encodes one object.
func (e *encoder) object(obj *unstructured.Unstructured) ([]byte, error) {
	switch e.form.as {
	case "Table":
		table, err := e.table([]*unstructured.Unstructured{obj}, true)
		if err != nil {
			return nil, err
		}
		table.ResourceVersion = obj.GetResourceVersion()
		return json.Marshal(table)
	case "PartialObjectMetadata", "PartialObjectMetadataList":
		return json.Marshal(e.partial(obj))
	}
	return api.Encode(obj.Object)
}

// item encodes a stored object, without work when it is wanted as it is stored.
func (e *encoder) item(item *store.Item) ([]byte, error) {
	if e.form.as == "" && e.res.storage.decode == nil {
		return item.JSON()
	}
	return e.object(e.res.read(item))
}

// list encodes a list; meta holds its resourceVersion and where it goes on.
func (e *encoder) list(items []*store.Item, meta metav1.ListMeta) ([]byte, error) {
	switch e.form.as {
	case "Table":
		objs := make([]*unstructured.Unstructured, len(items))
		for i, item := range items {
			objs[i] = e.res.read(item)
		}
		table, err := e.table(objs, true)
		if err != nil {
			return nil, err
		}
		table.ListMeta = meta
		return json.Marshal(table)
	case "PartialObjectMetadata", "PartialObjectMetadataList":
		return e.join("PartialObjectMetadataList", metav1.GroupName+"/"+e.form.version, items, meta)
	}
	return e.join(e.res.listKind, e.res.gvk.GroupVersion().String(), items, meta)
}

// join writes a list of encoded items.
func (e *encoder) join(kind, apiVersion string, items []*store.Item, meta metav1.ListMeta) ([]byte, error) {
	head, err := json.Marshal(meta)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, `{"kind":%q,"apiVersion":%q,"metadata":%s,"items":[`, kind, apiVersion, head)
	for i, item := range items {
		if i > 0 {
			out.WriteByte(',')
		}
		body, err := e.item(item)
		if err != nil {
			return nil, err
		}
		out.Write(bytes.TrimRight(body, "\n"))
	}
	out.WriteString("]}\n")
	return out.Bytes(), nil
}

// table prints objects as the rows of a Table.
func (e *encoder) table(objs []*unstructured.Unstructured, headers bool) (*metav1.Table, error) {
	table := &metav1.Table{
		TypeMeta: metav1.TypeMeta{Kind: "Table", APIVersion: metav1.GroupName + "/" + e.form.version},
		Rows:     make([]metav1.TableRow, 0, len(objs)),
	}
	if headers {
		table.ColumnDefinitions = e.res.model.columns()
	}
	for _, obj := range objs {
		cells, err := e.res.model.row(obj, e.now)
		if err != nil {
			return nil, fmt.Errorf("print %s %s: %w", e.res.gvk.Kind, obj.GetName(), err)
		}
		table.Rows = append(table.Rows, metav1.TableRow{Cells: cells, Object: e.included(obj)})
	}
	return table, nil
}

// included is what a row carries of its object.
func (e *encoder) included(obj *unstructured.Unstructured) runtime.RawExtension {
	switch e.form.include {
	case metav1.IncludeNone:
		return runtime.RawExtension{}
	case metav1.IncludeObject:
		return runtime.RawExtension{Object: obj}
	}
	return runtime.RawExtension{Object: e.partial(obj)}
}

// partial returns an object's metadata only.
func (e *encoder) partial(obj *unstructured.Unstructured) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"kind": "PartialObjectMetadata", "apiVersion": metav1.GroupName + "/" + e.form.version,
		"metadata": obj.Object["metadata"],
	}}
}

// bookmark encodes the object of a bookmark: nothing but a resourceVersion.
func (e *encoder) bookmark(revision uint64, initialEnd bool) ([]byte, error) {
	meta := map[string]any{"resourceVersion": strconv.FormatUint(revision, 10), "creationTimestamp": nil}
	if initialEnd {
		meta["annotations"] = map[string]any{metav1.InitialEventsAnnotationKey: "true"}
	}
	obj := map[string]any{"kind": e.res.gvk.Kind, "apiVersion": e.res.gvk.GroupVersion().String(), "metadata": meta}
	switch e.form.as {
	case "Table":
		obj = map[string]any{
			"kind": "Table", "apiVersion": metav1.GroupName + "/" + e.form.version,
			"metadata": map[string]any{"resourceVersion": meta["resourceVersion"]}, "columnDefinitions": nil,
			"rows": []any{map[string]any{"cells": []any{}, "object": obj}},
		}
	case "PartialObjectMetadata", "PartialObjectMetadataList":
		obj["kind"], obj["apiVersion"] = "PartialObjectMetadata", metav1.GroupName+"/"+e.form.version
	}
	return json.Marshal(obj)
}
