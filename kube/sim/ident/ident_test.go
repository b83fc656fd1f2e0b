package ident

import (
	"regexp"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/types"
)

func TestIdentifiersRepeat(t *testing.T) {
	a, b := New("seed"), New("seed")
	for range 3 {
		// Another thing in between does not matter.
		b.UID("Pod", "default", "other")
		if x, y := a.UID("Pod", "default", "web"), b.UID("Pod", "default", "web"); x != y {
			t.Errorf("UIDs differ: %s, %s", x, y)
		}
		if x, y := a.Suffix("Pod", "default", "web-"), b.Suffix("Pod", "default", "web-"); x != y {
			t.Errorf("suffixes differ: %s, %s", x, y)
		}
	}
	if New("one").UID("Pod", "", "web") == New("two").UID("Pod", "", "web") {
		t.Error("the seed does not matter")
	}
}

func TestIdentifiersLookReal(t *testing.T) {
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	s := New("")
	uids, names := map[types.UID]bool{}, map[string]bool{}
	for range 1000 {
		uid := s.UID("Pod", "default", "web")
		if uids[uid] || !uuid.MatchString(string(uid)) {
			t.Fatalf("UID %s is no UUID, or was given before", uid)
		}
		uids[uid] = true
		suffix := s.Suffix("Pod", "default", "web-")
		if len(suffix) != 5 || strings.Trim(suffix, alphabet) != "" {
			t.Fatalf("suffix %q", suffix)
		}
		names[suffix] = true
	}
	if len(names) < 990 {
		t.Errorf("only %d of 1000 suffixes differ", len(names))
	}
}

func TestResetBeginsAnewButKeepsWhatIsInUse(t *testing.T) {
	s := New("seed")
	first, second := s.UID("Pod", "default", "web"), s.UID("Pod", "default", "web")
	s.Reset(nil)
	if again := s.UID("Pod", "default", "web"); again != first {
		t.Errorf("after a reset: %s, want %s", again, first)
	}
	s.Reset([]types.UID{first})
	if next := s.UID("Pod", "default", "web"); next != second {
		t.Errorf("with the first in use: %s, want %s", next, second)
	}
}
