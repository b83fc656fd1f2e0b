package lab_test

import (
	"strings"
	"testing"

	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/screen/lab"
	"podsec/tui/style"
)

// sideBySide is a lab with two long steps, the first of which was run, where all parts are on the screen.
func sideBySide(t *testing.T, printed string) *lab.Model {
	t.Helper()
	long := strings.Repeat("Words of an explanation that goes on.\n\n", 12)
	l := &labs.Lab{ID: "06-x", Number: 6, Title: "Long", Steps: []labs.Step{
		{ID: "a", Title: "A", Kind: labs.Run, Prose: long + "The end of A.", Command: "first"},
		{ID: "b", Title: "B", Kind: labs.Run, Prose: long + "The end of B.", Command: "second"},
	}}
	m := lab.New(l, 0, nil, style.New(true))
	m.SetSize(120, 40)
	m.Begin("preparing", noon)
	m.Opened(0)
	m.Started(noon)
	m.Write(printed)
	m.Finished(labs.Outcome{Passed: true}, noon)
	return m
}

// TestTheStepToReadHasTheRoom: what earlier steps printed gives way until the step is run, or looked at.
func TestTheStepToReadHasTheRoom(t *testing.T) {
	m := sideBySide(t, strings.Repeat("a line\n", 60))
	if strings.Contains(plain(m), "The end of A.") {
		t.Errorf("a step that was run keeps the room from its output\n%s", plain(m))
	}
	keys(m, "n")
	mustShow(t, m, "The end of B.")
	keys(m, "tab")
	if strings.Contains(plain(m), "The end of B.") || strings.Count(plain(m), "a line") < 9 {
		t.Errorf("output that is looked at has no room\n%s", plain(m))
	}
	keys(m, "1")
	mustShow(t, m, "The end of B.")
}

// TestNoLineStaysEmptyBesideMoreToRead: output that is short leaves its room to the explanation.
func TestNoLineStaysEmptyBesideMoreToRead(t *testing.T) {
	mustShow(t, sideBySide(t, "one line\n"), "The end of A.", "one line")
}

// TestResetOnTheWay offers to keep what is done: the cluster goes back to how the step finds it.
func TestResetOnTheWay(t *testing.T) {
	m := opened(80, 24)
	keys(m, "n")
	list, ok := keys(m, "R").(screen.Choose)
	if !ok || len(list.Items) != 2 || list.Items[0].Then != (screen.Reset{}) || list.Items[1].Then != (screen.Enter{Step: 1}) {
		t.Errorf("asks for %#v", list)
	}
}

// TestTheLastHintSaysWhatElseHelps: pressing on is answered.
func TestTheLastHintSaysWhatElseHelps(t *testing.T) {
	m := opened(80, 24)
	if got, ok := keys(m, "n h h h").(screen.Tell); !ok || !strings.Contains(got.Text, "R puts it back") {
		t.Errorf("after the last hint: %#v", got)
	}
	mustShow(t, m, "hint 2/2  Second.")
}

// TestANumberWithoutAnAnswer is answered with those that there are.
func TestANumberWithoutAnAnswer(t *testing.T) {
	l := &labs.Lab{ID: "07-x", Steps: []labs.Step{{ID: "q", Kind: labs.Predict, Command: "run", Question: &labs.Question{
		Text: "What?", Choices: []labs.Choice{{Text: "This"}, {Text: "That", Right: true}},
	}}}}
	m := lab.New(l, 0, nil, style.New(true))
	m.SetSize(80, 24)
	m.Opened(0)
	for _, key := range []string{"0", "3", "9"} {
		if got, ok := keys(m, key).(screen.Tell); !ok || !strings.Contains(got.Text, "press 1 to 2") {
			t.Errorf("%s: %#v", key, got)
		}
	}
	if got, ok := keys(m, "2").(screen.Noted); !ok || got.Right == nil || !*got.Right {
		t.Errorf("an answer: %#v", got)
	}
}

// TestALongCommandOfAQuestion stands in full in the explanation, and the line that is cut above the question ends once.
func TestALongCommandOfAQuestion(t *testing.T) {
	l := &labs.Lab{ID: "07-x", Steps: []labs.Step{{
		ID: "q", Kind: labs.Predict, Command: "kubectl patch " + strings.Repeat("a-long-word ", 24) + "the-end",
		Question: &labs.Question{Text: "What?", Choices: []labs.Choice{{Text: "This"}, {Text: "That", Right: true}}},
	}}}
	m := lab.New(l, 0, nil, style.New(true))
	m.SetSize(80, 24)
	m.Opened(0)
	mustShow(t, m, "Command ──", "the-end", "…")
	if strings.Contains(plain(m), "……") {
		t.Errorf("a line is cut twice\n%s", plain(m))
	}
}

// TestWhatRunsHasRoom: the output of a step that runs is seen as it comes, and not only when the step has ended.
func TestWhatRunsHasRoom(t *testing.T) {
	m := sideBySide(t, "a line\n")
	keys(m, "n")
	m.Started(noon)
	m.Write(strings.Repeat("running\n", 60))
	if n := strings.Count(plain(m), "running\n") + strings.Count(plain(m), "running "); n < 9 {
		t.Errorf("%d lines of output are seen\n%s", n, plain(m))
	}
}
