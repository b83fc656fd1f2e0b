package apiserver

import (
	"slices"
	"testing"
)

// TestCustomVerbs asserts that resources of definitions can do what others can, in an order of their own.
func TestCustomVerbs(t *testing.T) {
	custom := customVerbs()
	if want := []string{"delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"}; !slices.Equal(custom, want) {
		t.Errorf("discovery says %q, a real server %q", custom, want)
	}
	if slices.Sort(custom); !slices.Equal(custom, allVerbs()) {
		t.Errorf("resources of definitions can %q, others %q", custom, allVerbs())
	}
}
