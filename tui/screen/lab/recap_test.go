package lab_test

import (
	"strings"
	"testing"

	"podsec/labs"
	"podsec/tui/screen/lab"
	"podsec/tui/style"
)

// TestTheNextLabIsNamedOnce: by what the recap says of it, or else below.
func TestTheNextLabIsNamedOnce(t *testing.T) {
	for prose, want := range map[string]string{
		"One thing.": "Next: 3 Registries",
		"One thing.\n\nNext: [where images come from](../03-registries/lab.md).": "Next: where images come from",
	} {
		m := lab.New(&labs.Lab{Steps: []labs.Step{{ID: "end", Title: "What to remember", Kind: labs.Recap, Prose: prose}}}, 0, nil, style.New(true))
		m.SetSize(80, 24)
		m.SetNext("3 Registries")
		mustShow(t, m, want)
		if n := strings.Count(plain(m), "Next:"); n != 1 {
			t.Errorf("the next lab is named %d times:\n%s", n, plain(m))
		}
	}
}
