package apiserver

import (
	"slices"
	"testing"

	"podsec/kube/sim/store"
)

// TestWithin finds a namespace's part of a list, also where names begin alike.
func TestWithin(t *testing.T) {
	var all []*store.Item
	for _, namespace := range []string{"", "a", "a", "a-b", "ab", "c"} {
		all = append(all, &store.Item{Key: store.Key{Namespace: namespace}})
	}
	for namespace, want := range map[string][]*store.Item{
		"": all, "a": all[1:3], "a-b": all[3:4], "ab": all[4:5], "c": all[5:], "b": nil, "d": nil, "A": nil,
	} {
		if got := within(all, namespace); !slices.Equal(got, want) {
			t.Errorf("%q has %d items, want %d", namespace, len(got), len(want))
		}
	}
	if got := within(nil, "a"); len(got) != 0 {
		t.Errorf("%d items of nothing", len(got))
	}
}
