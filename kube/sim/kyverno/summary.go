package kyverno

import (
	"hash/maphash"
	"unique"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"podsec/kube/sim/api"
)

// summaries reduces the objects that policies are about to what the reports controller must remember of them, as the
// real one does: a cluster has many, and they are read again when their turn comes.
type summaries struct{ seed maphash.Seed }

// keyFingerprint is where a summary has the hash of everything that policies judge.
const keyFingerprint = "fingerprint"

// of returns the summary of an object: its identity and a fingerprint.
func (s summaries) of(object *unstructured.Unstructured) held {
	return &gist{
		kind: unique.Make(object.GroupVersionKind()), namespace: object.GetNamespace(), name: object.GetName(), uid: object.GetUID(),
		resourceVersion: object.GetResourceVersion(), fingerprint: s.fingerprint(object),
	}
}

// gist is what is kept of an object. As an object it takes ten times as much, and is made of it when it is asked for.
type gist struct {
	kind            unique.Handle[schema.GroupVersionKind]
	namespace, name string
	uid             types.UID
	resourceVersion string
	fingerprint     int64
}

func (g *gist) version() string { return g.resourceVersion }

func (g *gist) object() *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{keyFingerprint: g.fingerprint}}
	object.SetGroupVersionKind(g.kind.Value())
	object.SetNamespace(g.namespace)
	object.SetName(g.name)
	object.SetUID(g.uid)
	object.SetResourceVersion(g.resourceVersion)
	return object
}

// fingerprint hashes what sameButStatus compares. Two that differ in nothing but an empty field are scanned once more.
func (s summaries) fingerprint(object *unstructured.Unstructured) int64 {
	judged := make(map[string]any, len(object.Object))
	for name, value := range object.Object {
		switch name {
		case "metadata":
			fields := nested(object.Object, name)
			value = []any{fields["labels"], fields["annotations"]}
		case "spec":
			spec := map[string]any{}
			for field, value := range nested(object.Object, name) {
				if field != "nodeName" {
					spec[field] = value
				}
			}
			value = spec
		case "status", "scale":
			continue
		}
		judged[name] = value
	}
	text, err := api.Encode(judged)
	if err != nil {
		return 0 // of JSON values there is no error
	}
	return int64(maphash.Bytes(s.seed, text))
}

// sameSummary says whether policies would judge two states of an object alike.
func sameSummary(old, now *unstructured.Unstructured) bool {
	return old.GetUID() == now.GetUID() && old.Object[keyFingerprint] == now.Object[keyFingerprint]
}
