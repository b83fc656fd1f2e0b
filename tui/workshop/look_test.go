package workshop

import "testing"

// TestTalksWhereNothingCanBeDrawn: lines are chosen by the flag, and by a terminal that says that it is dumb.
func TestTalksWhereNothingCanBeDrawn(t *testing.T) {
	for _, test := range []struct {
		term  string
		plain bool
		want  bool
	}{
		{"xterm-256color", false, false},
		{"", false, false},
		{"dumb", false, true},
		{"xterm-256color", true, true},
	} {
		t.Setenv("TERM", test.term)
		w := &Workshop{}
		if err := (&Look{plain: test.plain}).Apply(w); err != nil || w.Talk != test.want {
			t.Errorf("TERM=%s, --plain %v: talks in lines is %v, %v", test.term, test.plain, w.Talk, err)
		}
	}
}
