package level

import (
	"slices"
	"testing"
)

func TestLevel(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"NAME   AGE\nweb    12s", "NAME  AGE\nweb  AGE\n"},
		{"web-6d4cf56db6-x7k2p   1/1   Running", "web-HASH-SUFFIX  1/1  Running\n"},
		{"  resourceVersion: \"1234\"", "  resourceVersion: RV\n"},
		{"Normal  Killing  3s (x2 over 10s)", "Normal  Killing  AGE\n"},
		{"Start Time:   Sun, 22 Nov 2026 03:21:36 +0000", "Start Time:  TIME\n"},
		{"image nginx:1.27 on port 80", "image nginx:1.27 on port 80\n"},
	} {
		if got := Text(test.text); got != test.want {
			t.Errorf("Text(%q) = %q, want %q", test.text, got, test.want)
		}
	}
}

// TestLines: events that differ in their messages alone come in any order, others keep theirs.
func TestLines(t *testing.T) {
	text := "Events:\n  Normal  Scheduled  AGE  s  b\n  Warning  V  AGE  k  b\n  Warning  V  AGE  k  a\nEnd"
	want := []string{"Events:", "  Normal  Scheduled  AGE  s  b", "  Warning  V  AGE  k  a", "  Warning  V  AGE  k  b", "End"}
	if got := Lines(text); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestUnordered: of lines that come in any order, the order does not count.
func TestUnordered(t *testing.T) {
	one := "Type  Resource\nContainer  cpu  2\nContainer  memory  -\nPod  cpu  1\n"
	other := "Type  Resource\nContainer  memory  -\nContainer  cpu  2\nPod  cpu  1\n"
	if !slices.Equal(Lines(one), Lines(other)) {
		t.Errorf("%q is not %q", Lines(one), Lines(other))
	}
	if moved := "Pod  cpu  1\n" + one; slices.Equal(Lines(one), Lines(moved)) {
		t.Errorf("%q is %q", Lines(one), Lines(moved))
	}
}
