package kyverno

import (
	"hash/maphash"
	"strconv"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/kube/sim/api"
)

// summaries reduces the objects that policies are about to what the reports controller must remember of them, as the
// real one does: a cluster has many, and they are read again when their turn comes.
type summaries struct{ seed maphash.Seed }

// keyFingerprint is where a summary has the hash of everything that policies judge.
const keyFingerprint = "fingerprint"

// of returns the summary of an object: its identity and a fingerprint.
func (s summaries) of(object *unstructured.Unstructured) *unstructured.Unstructured {
	metadata := map[string]any{}
	for _, name := range []string{"namespace", "name", "uid", "resourceVersion"} {
		if value, ok := nested(object.Object, "metadata")[name]; ok {
			metadata[name] = value
		}
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": object.GetAPIVersion(), "kind": object.GetKind(), "metadata": metadata, keyFingerprint: s.fingerprint(object),
	}}
}

// fingerprint hashes what sameButStatus compares. Two that differ in nothing but an empty field are scanned once more.
func (s summaries) fingerprint(object *unstructured.Unstructured) string {
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
		return "" // of JSON values there is no error
	}
	return strconv.FormatUint(maphash.Bytes(s.seed, text), 16)
}

// sameSummary says whether policies would judge two states of an object alike.
func sameSummary(old, now *unstructured.Unstructured) bool {
	return old.GetUID() == now.GetUID() && old.Object[keyFingerprint] == now.Object[keyFingerprint]
}
