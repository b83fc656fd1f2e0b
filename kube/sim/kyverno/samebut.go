package kyverno

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/kube/sim/api"
)

// sameButStatus says whether two states of one object differ at most in what policies cannot judge: the status, and
// what the API server or the scheduler notes on every write. It is Kyverno's resource hash, compared instead of
// computed.
func sameButStatus(old, now *unstructured.Unstructured) bool {
	before, after := nested(old.Object, "metadata"), nested(now.Object, "metadata")
	for _, name := range []string{"uid", "labels", "annotations"} {
		if !api.Equal(before[name], after[name]) {
			return false
		}
	}
	return sameFields(old.Object, now.Object, "metadata", "status", "scale", "spec") &&
		sameFields(nested(old.Object, "spec"), nested(now.Object, "spec"), "nodeName")
}

// sameFields compares two objects without the fields named.
func sameFields(old, now map[string]any, without ...string) bool {
	skip := make(map[string]bool, len(without))
	for _, name := range without {
		skip[name] = true
	}
	for name, value := range now {
		if !skip[name] && !api.Equal(old[name], value) {
			return false
		}
	}
	for name := range old {
		if _, present := now[name]; !present && !skip[name] {
			return false
		}
	}
	return true
}
