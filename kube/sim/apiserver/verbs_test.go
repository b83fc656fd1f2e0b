package apiserver

import (
	"slices"
	"testing"
)

// TestCustomVerbs asserts that resources of definitions can do what others can.
func TestCustomVerbs(t *testing.T) {
	custom := customVerbs()
	if slices.Sort(custom); !slices.Equal(custom, allVerbs()) {
		t.Errorf("resources of definitions can %q, others %q", custom, allVerbs())
	}
}
