package lab_test

import (
	"strings"
	"testing"
	"time"

	"podsec/labs"
)

// TestWaitingForChecks says that a command that ended is not said to run, and that its time is its own.
func TestWaitingForChecks(t *testing.T) {
	m := opened(80, 24)
	keys(m, "n")
	m.Started(noon)
	mustShow(t, m, "running")
	m.Ended(noon.Add(2 * time.Second))
	m.Tick(noon.Add(9 * time.Second))
	mustShow(t, m, "it ran; checking what came of it 9.0s", "esc stop")
	m.Finished(labs.Outcome{}, noon.Add(12*time.Second))
	mustShow(t, m, "[exit 0 · 2.0s]")
}

// TestAnswersAreReadFromTheirBeginning says what is in sight once a command ended that printed more than fits.
func TestAnswersAreReadFromTheirBeginning(t *testing.T) {
	for _, tt := range []struct {
		name    string
		outcome labs.Outcome
		first   bool
	}{
		{"what it was asked for", labs.Outcome{Passed: true}, true},
		{"an error, which is said last", labs.Outcome{Passed: true, Exit: 1}, false},
		{"what is missing", labs.Outcome{}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := opened(80, 24)
			keys(m, "n")
			m.Started(noon)
			m.Write("the first line\n" + strings.Repeat("another line\n", 60) + "the last line\n")
			m.Finished(tt.outcome, noon)
			first, last := strings.Contains(plain(m), "the first line"), strings.Contains(plain(m), "the last line")
			if first != tt.first || last == tt.first {
				t.Errorf("the first line is in sight: %v, the last: %v\n%s", first, last, plain(m))
			}
			m.Started(noon) // what runs is followed
			m.Write("news\n")
			mustShow(t, m, "news")
		})
	}
}

// TestHintsAfterAMistake says that a hint that is asked for takes the place of the mistake, until the next one is made.
func TestHintsAfterAMistake(t *testing.T) {
	m := opened(80, 24)
	keys(m, "n")
	for range 2 {
		m.Started(noon)
		m.Finished(labs.Outcome{Mistake: "That is wrong."}, noon)
		mustShow(t, m, "! That is wrong.")
	}
	keys(m, "h")
	mustShow(t, m, "hint 1/2  First hint.")
	m.Started(noon)
	m.Finished(labs.Outcome{Mistake: "That is wrong, too."}, noon)
	mustShow(t, m, "! That is wrong, too.")
}
