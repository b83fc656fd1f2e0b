package labs

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// turns is a check that holds or not each time that it is judged; the last one stays.
type turns struct {
	holds []bool
	asked int
}

func (*turns) Title() string { return "it is so" }

func (c *turns) Judge(context.Context, Evidence) (string, error) {
	at := min(c.asked, len(c.holds)-1)
	c.asked++
	if c.holds[at] {
		return "", nil
	}
	return "it is not so", nil
}

// TestTogether: checks that held one after the other are judged until they hold at the same time.
func TestTogether(t *testing.T) {
	for name, test := range map[string]struct {
		holds []bool
		asked int
		want  bool
	}{
		"at once":                   {holds: []bool{true}, asked: 2, want: true},
		"never":                     {holds: []bool{false}, asked: 1, want: false},
		"only for a moment":         {holds: []bool{true, false}, asked: 3, want: false},
		"again":                     {holds: []bool{true, false, true}, asked: 4, want: true},
		"again, and not, and again": {holds: []bool{true, false, true, false, true}, asked: 6, want: true},
	} {
		c := &turns{holds: test.holds}
		view, _ := fakeView()
		results := together(t.Context(), t.Context(), []Check{c}, Evidence{View: view})
		if passed(results) != test.want || c.asked != test.asked {
			t.Errorf("%s: %v after %d times, want %d", name, results, c.asked, test.asked)
		}
	}
	limited, cancel := context.WithCancel(t.Context())
	cancel()
	view, _ := fakeView()
	c := &turns{holds: []bool{true, false, true}}
	if results := together(t.Context(), limited, []Check{c}, Evidence{View: view}); passed(results) || c.asked != 2 {
		t.Errorf("when its time is up: %v after %d times", results, c.asked)
	}
}

// TestNeverJudged: a check for which there was no time does not hold.
func TestNeverJudged(t *testing.T) {
	for name, test := range map[string]struct {
		missing string
		err     error
		want    string
		fails   bool
	}{
		"it holds":          {},
		"it does not":       {missing: "no pod", err: context.DeadlineExceeded, want: "no pod"},
		"there was no time": {err: fmt.Errorf("list objects: %w", context.DeadlineExceeded), want: unanswered},
		"something else":    {err: errors.New("forbidden"), fails: true},
	} {
		missing, err := orError(test.missing, test.err)
		if missing != test.want || (err != nil) != test.fails {
			t.Errorf("%s: %q, %v", name, missing, err)
		}
	}
}
