package apiserver

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"podsec/kube/sim/store"
)

// FuzzDecode reads bodies as pods. What can be read must read the same again from what it was written as, and nothing in
// it may be unknown then.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		podJSON, `{}`, `null`, `[]`, `{"kind":"Pod","apiVersion":"v1"}`, `{"metadata":{"labels":{"a":null}}}`,
		`{"spec":{"containers":[{"name":"c","resources":{"limits":{"cpu":"1e3","memory":1.5}}}]}}`,
		`{"spec":{"activeDeadlineSeconds":9223372036854775807,"a":1,"a":2}}`, `{"metadata":{"creationTimestamp":"2026-01-01T00:00:00Z"}}`,
		`{"spec":{"containers":[{"ports":[{"containerPort":80}],"livenessProbe":{"httpGet":{"port":"http"}}}]}}`,
	} {
		f.Add([]byte(seed))
	}
	s := newTestServer(f)
	c := &call{res: s.registry.Load().byResource[gvr("", "v1", "pods")], namespace: "a"}
	f.Fuzz(func(t *testing.T, body []byte) {
		obj, err := c.decode(body, "Ignore")
		if err != nil {
			return
		}
		text, err := obj.MarshalJSON()
		if err != nil {
			t.Fatalf("encode what was read from %q: %v", body, err)
		}
		again, err := c.decode(text, "Strict")
		if err != nil {
			t.Fatalf("decode %s: %v", text, err)
		}
		if !equality.Semantic.DeepEqual(obj.Object, again.Object) {
			t.Fatalf("%q reads as %v, then as %v", body, obj.Object, again.Object)
		}
	})
}

// FuzzSelector reads selectors. What can be read must read the same again from how it prints, and select the same.
func FuzzSelector(f *testing.F) {
	for _, seed := range [][2]string{
		{"a=b", ""}, {"a in (b,c),!d", "metadata.name=p"}, {"a!=b", "status.phase!=Running"}, {"a notin (b)", "spec.nodeName="},
		{"a gt 1", `metadata.name=a\,b`}, {"", ""}, {"a==b,a", "metadata.name==p,metadata.namespace=a"}, {"(", "="}, {"x y", "a=b=c"},
	} {
		f.Add(seed[0], seed[1])
	}
	s := newTestServer(f)
	mustCreate(f, s.Client(), gvr("", "v1", "pods"), strings.ReplaceAll(webPod, "shop", "a"))
	c := &call{res: s.registry.Load().byResource[gvr("", "v1", "pods")], namespace: "a"}
	items, _ := s.store.List(c.res.storage.resource)
	f.Fuzz(func(t *testing.T, labels, fields string) {
		query := func(labels, fields string) url.Values {
			return url.Values{"labelSelector": {labels}, "fieldSelector": {fields}}
		}
		sel, err := selectionOf(c, query(labels, fields))
		if err != nil {
			return
		}
		again, err := selectionOf(c, query(sel.labels.String(), sel.fields.String()))
		if err != nil {
			t.Fatalf("%q %q prints as %q %q: %v", labels, fields, sel.labels, sel.fields, err)
		}
		for _, item := range items {
			e := store.Event{Type: watch.Added, Item: item}
			if sel.matches(c.res, e.Item) != again.matches(c.res, e.Item) {
				t.Fatalf("%q %q selects otherwise as %q %q", labels, fields, again.labels, again.fields)
			}
		}
	})
}

// FuzzPatch applies patches of all types to a pod. A patch that is taken must leave a pod of the same name that can be
// read, and must change nothing when it is a dry run.
func FuzzPatch(f *testing.F) {
	kinds := []types.PatchType{types.JSONPatchType, types.MergePatchType, types.StrategicMergePatchType}
	for kind, seeds := range [][]string{
		{`[{"op":"add","path":"/metadata/labels/a","value":"b"}]`, `[{"op":"remove","path":"/spec"}]`, `[{"op":"copy","from":"/spec","path":"/metadata"}]`, `[{"op":"test","path":"","value":1}]`},
		{`{"metadata":{"labels":{"a":null}}}`, `{"spec":null}`, `{"spec":{"containers":[]}}`, `{"metadata":{"name":"x"}}`},
		{`{"spec":{"containers":[{"name":"web","image":"x"}]}}`, `{"spec":{"containers":[{"$patch":"delete","name":"web"}]}}`, `{"spec":{"$setElementOrder/containers":[{"name":"a"}]}}`, `{"$retainKeys":["a"]}`, `{"metadata":{"$deleteFromPrimitiveList/finalizers":["a"]}}`},
	} {
		for _, seed := range seeds {
			f.Add(uint8(kind), []byte(seed))
		}
	}
	s := newTestServer(f)
	mustCreate(f, s.Client(), gvr("", "v1", "pods"), strings.ReplaceAll(webPod, "shop", "a"))
	res := s.registry.Load().byResource[gvr("", "v1", "pods")]
	items, _ := s.store.List(res.storage.resource)
	name, revision := items[0].Key.Name, s.Revision()
	f.Fuzz(func(t *testing.T, kind uint8, body []byte) {
		c := &call{res: res, namespace: "a", name: name, manager: "fuzz", dryRun: true, patched: true, user: s.systemUser()}
		obj, err := s.patch(context.Background(), c, kinds[int(kind)%len(kinds)], body, "Ignore")
		if s.Revision() != revision {
			t.Fatalf("a dry run of %q wrote", body)
		}
		if err != nil {
			return
		}
		text, err := json.Marshal(obj.Object)
		if err != nil || obj.GetName() != name {
			t.Fatalf("%q leaves %q, %v", body, obj.GetName(), err)
		}
		if _, err := c.decode(text, "Ignore"); err != nil {
			t.Fatalf("%q leaves what cannot be read: %v", bytes.TrimSpace(body), err)
		}
	})
}
