package dialog

import (
	"testing"

	"podsec/tui/screen"
)

func TestFind(t *testing.T) {
	items := []screen.Item{
		{Text: "Step: reset the lab"}, {Text: "Screen: Reports"}, {Text: "Lab 3 Restrict image registries"}, {Text: "Theme: contrast"},
	}
	for _, tt := range []struct {
		query string
		first int // -1 for nothing
	}{
		{"", 0}, {"rep", 1}, {"registries", 2}, {"imreg", 2}, {"lab 3", 2}, {"thc", 3}, {"REPORTS", 1}, {"zzz", -1}, {"reset lab", 0},
	} {
		found := find(namesOf(items), tt.query)
		if (len(found) == 0) != (tt.first < 0) || len(found) > 0 && found[0].index != tt.first {
			t.Errorf("%q finds %v, want %d first", tt.query, found, tt.first)
		}
	}
}
