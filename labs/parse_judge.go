package labs

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// A question has so many choices.
const (
	minChoices = 2
	maxChoices = 4
)

// judge checks what holds between the keys of a step block.
func (y *stepBlock) judge(s *strict, n *yaml.Node, step *Step) {
	y.File.mustExist(s)
	y.Edit.mustExist(s)
	most := maxHints
	if y.Solution != nil {
		most--
	}
	switch {
	case len(y.Hints) > maxHints:
		s.note(n, "keep the best three", "a step has up to %d hints, not %d", maxHints, len(y.Hints))
	case len(y.Hints) > most:
		s.note(n, "the solution is the last rung", "a step with a solution has up to %d hints beside it, not %d", most, len(y.Hints))
	}
	y.judgeKeys(s, n, step.Kind)
	y.judgeChecks(s, n, step)
	switch step.Kind {
	case Predict:
		y.judgeQuestion(s, n)
	case Edit:
		y.judgeSolution(s, n, "file", y.Solution != nil && y.Solution.File.name != "", "add solution: {file: solved.yaml}")
	case Explore:
		y.judgeSolution(s, n, "run", y.Solution != nil && trimLines(y.Solution.Run) != "", "add solution: {run: kubectl …}")
	}
	for i := range y.Mistakes {
		y.Mistakes[i].judge(s, n, step)
	}
}

// judgeKeys notes keys that do not go with the kind of step that the others make.
func (y *stepBlock) judgeKeys(s *strict, n *yaml.Node, kind StepKind) {
	given := []struct {
		key   string
		is    bool
		kinds []StepKind
	}{
		{"ask", y.Ask != "" || y.Choices != nil, []StepKind{Predict}},
		{"edit", y.Edit.name != "", []StepKind{Edit}},
		{"file", y.File.name != "", []StepKind{Read, Predict, Run, Explore, Recap}},
		{"goal", y.Goal, []StepKind{Explore}},
		{"run", trimLines(y.Run) != "", []StepKind{Predict, Run, Edit}},
		{"checks", y.Checks != nil, []StepKind{Read, Predict, Run, Edit, Explore}},
		{"mistakes", y.Mistakes != nil, []StepKind{Run, Edit, Explore}},
		{"solution", y.Solution != nil, []StepKind{Edit, Explore}},
		{"edition", y.Edition.name != "", []StepKind{Read, Predict, Run}},
	}
	for _, g := range given {
		if g.is && !contains(g.kinds, kind) {
			s.note(n, stepHint(kind), "%s: does not go with a step of the kind %s", g.key, kind)
		}
	}
}

func contains(kinds []StepKind, kind StepKind) bool {
	for _, k := range kinds {
		if k == kind {
			return true
		}
	}
	return false
}

// stepHint says what a step of a kind is made of.
func stepHint(kind StepKind) string {
	switch kind {
	case Predict:
		return "ask: and choices: go with run: and checks:, and the command is the solution"
	case Edit:
		return "edit: names the file, and goes with run:, checks: and solution: {file: …}"
	case Explore:
		return "goal: true goes with checks: and solution: {run: …}; the learner types the commands"
	case Recap:
		return "a recap only has text, and perhaps notes:"
	case Run:
		return "the command of run: is the solution; goal: true leaves typing it to the learner"
	}
	return "it needs run:, edit: or goal: true"
}

// judgeChecks notes checks that the step gives nothing to look at.
func (y *stepBlock) judgeChecks(s *strict, n *yaml.Node, step *Step) {
	switch {
	case len(y.Checks) > 0:
	case step.Kind == Run || step.Kind == Predict || step.Kind == Edit:
		s.note(n, "add checks:, at least - exit: 0", "a step that runs a command needs a check")
	case step.Kind == Explore:
		s.note(n, "add checks: that hold when the goal is reached", "a step with a goal needs a check")
	}
	judgeEntries(s, y.Checks, step)
}

// judgeEntries notes checks of the step, or of one of its mistakes, that have nothing to look at.
func judgeEntries(s *strict, entries []checkEntry, step *Step) {
	for _, entry := range entries {
		switch underlying(entry.check).(type) {
		case answerCheck:
			if step.Command == "" && step.Kind != Explore {
				s.note(entry.node, "add run:, or check the cluster", "the check looks at a command's answer, but the step runs none")
			}
		case *writtenCheck:
			if step.Kind != Edit {
				s.note(entry.node, "name the file with edit: in place of file:", "the check looks at what the learner wrote, but the step has nothing to edit")
			}
		}
	}
}

func (y *stepBlock) judgeQuestion(s *strict, n *yaml.Node) {
	right := 0
	for _, c := range y.Choices {
		if c.Right {
			right++
		}
		if strings.Contains(strings.TrimSpace(c.Text), "\n") {
			s.note(n, "leave the rest to reply:", "the choice %q has more than one line", strings.TrimSpace(c.Text))
		}
	}
	switch {
	case strings.TrimSpace(y.Ask) == "":
		s.note(n, "add ask:", "the choices go with no question")
	case len(y.Choices) < minChoices || len(y.Choices) > maxChoices:
		s.note(n, "", "a question has %d to %d choices, not %d", minChoices, maxChoices, len(y.Choices))
	case right != 1:
		s.note(n, "write right: true beside the one that is", "exactly one choice must be right, not %d", right)
	}
	if trimLines(y.Run) == "" {
		s.note(n, "add run: with the command that shows it", "a question needs a command that answers it")
	}
}

// judgeSolution notes a solution that cannot solve a step of its kind, which needs the key.
func (y *stepBlock) judgeSolution(s *strict, n *yaml.Node, key string, has bool, hint string) {
	if !has {
		s.note(n, hint, "the step has no solution with the key %s", key)
	}
	if y.Edit.name != "" && trimLines(y.Run) == "" {
		s.note(n, "add run: with the command that puts the file to use", "a step with something to edit needs a command")
	}
	if y.Solution == nil {
		return
	}
	y.Solution.judge(s, n, "solution")
	switch {
	case key == "run" && y.Solution.File.name != "":
		s.note(n, "name the file in the command", "solution: a file goes with edit: only")
	case y.Edit.name != "" && y.Solution.File.name == y.Edit.name:
		s.note(n, "keep the solution in another file, as in solutions/"+y.Edit.name, "the solution is the file to edit itself")
	}
}

func (e *solutionEntry) judge(s *strict, n *yaml.Node, what string) {
	e.File.mustExist(s)
	if e.File.name != "" && trimLines(e.Run) != "" {
		s.note(n, "keep one of them", "%s: file and run exclude each other", what)
	}
}

func (m *mistakeEntry) judge(s *strict, n *yaml.Node, step *Step) {
	m.Try.judge(s, n, "try")
	if len(m.When) == 0 {
		s.note(n, "add the checks that hold when it was made", "a mistake has no checks to know it by")
	}
	if m.Try.File.name != "" && step.Kind != Edit {
		s.note(n, "write try: {run: kubectl …}", "try: a file goes with edit: only")
	}
	judgeEntries(s, m.When, step)
}
