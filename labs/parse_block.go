package labs

import (
	"reflect"
	"strings"
)

// maxHints is how many rungs the ladder of hints has; a solution is one of them.
const maxHints = 3

// stepBlock is the YAML of a step block.
type stepBlock struct {
	Kind     kind           `lab:"kind"`
	Edition  edition        `lab:"edition"`
	File     file           `lab:"file"`
	Ask      string         `lab:"ask"`
	Choices  []choiceEntry  `lab:"choices"`
	Edit     file           `lab:"edit"`
	Goal     bool           `lab:"goal"`
	Run      string         `lab:"run"`
	Checks   []checkEntry   `lab:"checks"`
	Mistakes []mistakeEntry `lab:"mistakes"`
	Hints    []string       `lab:"hints"`
	Solution *solutionEntry `lab:"solution"`
	Notes    string         `lab:"notes"`
	Needs    needs          `lab:"needs"`
}

// block reads a step's YAML into the step.
func (p *labParser) block(step *Step, b block, body int) {
	first, _ := position(p.source, body+b.content)
	d := strict{place: place{file: p.file, line: first - 1, indent: b.indent}, files: p.lab.Files}
	defer func() { p.problems = append(p.problems, d.problems...) }()
	n := d.parse(b.text)
	if n == nil {
		if len(d.problems) == 0 {
			p.note(body+b.fence, "leave the block out, or say what to run", "the step block is empty")
		}
		return
	}
	var y stepBlock
	d.decode(n, reflect.ValueOf(&y).Elem(), "step")
	y.fill(step)
	y.judge(&d, n, step)
}

// fill writes what the block says into the step.
func (y *stepBlock) fill(step *Step) {
	step.Kind, step.Needs = y.kind(), y.Needs
	step.Edition, step.File, step.Command = y.Edition.name, y.File.name, trimLines(y.Run)
	step.Hints, step.Notes, step.Checks = y.Hints, strings.TrimSpace(y.Notes), checksOf(y.Checks)
	if step.Kind == Predict {
		step.Question = question(y.Ask, y.Choices)
	}
	if step.Kind == Edit {
		step.File = y.Edit.name
	}
	for _, m := range y.Mistakes {
		step.Mistakes = append(step.Mistakes, Mistake{When: checksOf(m.When), Says: strings.TrimSpace(m.Says), Try: m.Try.solution()})
	}
	switch {
	case y.Solution != nil:
		step.Solution = y.Solution.solution()
	case step.Kind == Run || step.Kind == Predict:
		step.Solution = Solution{Command: step.Command}
	}
}

// kind is what the block's keys make of its step.
func (y *stepBlock) kind() StepKind {
	switch {
	case y.Kind.name != "":
		return y.Kind.name
	case y.Ask != "" || y.Choices != nil:
		return Predict
	case y.Edit.name != "":
		return Edit
	case y.Goal:
		return Explore
	case strings.TrimSpace(y.Run) != "":
		return Run
	}
	return Read
}

// trimLines cuts off what YAML's block texts leave at the end.
func trimLines(text string) string { return strings.TrimRight(text, "\n ") }

func checksOf(entries []checkEntry) []Check {
	var checks []Check
	for _, entry := range entries {
		if entry.check != nil {
			checks = append(checks, entry.check)
		}
	}
	return checks
}

func question(ask string, choices []choiceEntry) *Question {
	q := &Question{Text: strings.TrimSpace(ask)}
	for _, c := range choices {
		q.Choices = append(q.Choices, Choice{Text: strings.TrimSpace(c.Text), Right: c.Right, Reply: strings.TrimSpace(c.Reply)})
	}
	return q
}

// choiceEntry is one of a question's choices.
type choiceEntry struct {
	Text  string `lab:"text,required"`
	Right bool   `lab:"right"`
	Reply string `lab:"reply"`
}

// solutionEntry is what solves a step, or makes a mistake.
type solutionEntry struct {
	File file   `lab:"file"`
	Run  string `lab:"run"`
}

func (e solutionEntry) solution() Solution {
	return Solution{File: e.File.name, Command: trimLines(e.Run)}
}

// mistakeEntry is one of a step's mistakes.
type mistakeEntry struct {
	When []checkEntry  `lab:"when,required"`
	Says string        `lab:"says,required"`
	Try  solutionEntry `lab:"try,required"`
}
