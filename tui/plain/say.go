package plain

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"podsec/labs"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/markdown"
)

// lineWidth is the width of lines of prose. A screen reader does not need it; who reads a pipe does.
const lineWidth = 76

// prose is Markdown as plain text: no colours, and no bars beside code.
func prose(source string) string {
	lines := markdown.NewRenderer(style.Themed(style.Plain, true)).Render(source, lineWidth)
	for i, l := range lines {
		l = strings.TrimRight(ansi.Strip(l), " ")
		l = strings.NewReplacer("│ ", "    ", "│", "", "• ", "- ", "────────", "").Replace(l)
		lines[i] = l
	}
	return strings.Join(lines, "\n")
}

// inline is a sentence as plain text.
func inline(source string) string {
	return ansi.Strip(markdown.Inline(source, style.Styles{}))
}

// kinds is what steps ask for, in words.
func kind(s *labs.Step) string {
	switch s.Kind {
	case labs.Predict:
		return "A question, and a command that answers it."
	case labs.Run:
		return "A command to run."
	case labs.Edit:
		return "A file to write."
	case labs.Explore:
		return "A goal to reach with your own commands."
	case labs.Recap:
		return "What there was to learn."
	case labs.Read:
	}
	return "To read."
}

// tell says the current step.
func (w *work) tell() {
	s := w.step()
	w.say("\nLab %d, step %d of %d: %s. %s", w.lab.Number, w.pos+1, len(w.lab.Steps), text.Line(s.Title), kind(s))
	if w.done[w.pos] {
		w.say("You have done this step before.")
	}
	if s.Edition != "" {
		w.say("This is a side step with the %s edition's command. It is not needed for what follows.", text.Line(s.Edition))
	}
	w.say("\n%s\n", prose(s.Prose))
	if s.File != "" {
		w.say("File: %s. f reads it out.", text.Line(w.where()))
	}
	if s.Command != "" {
		w.say("Command:\n%s", text.Clean(strings.TrimRight(s.Command, "\n")))
	}
	if w.asking() {
		w.say("\nQuestion: %s", inline(s.Question.Text))
		for i, c := range s.Question.Choices {
			w.say("%d. %s", i+1, inline(c.Text))
		}
		return
	}
	for _, c := range s.Checks {
		w.say("Done when: %s.", text.Line(c.Title()))
	}
}

// trouble says what did not go well with the cluster, and what to do about it.
func (w *work) trouble(what string, err error) {
	message, hint := w.cluster.Explained(err)
	w.say("%s: %s", what, text.Sentence(message))
	if hint != "" {
		w.say("%s", text.Sentence(hint))
	}
}

// where is the path of the file that the step is about.
func (w *work) where() string {
	if path := w.session.Path(w.pos); path != "" {
		return path
	}
	return w.step().File
}

// asking reports whether a question is to be answered before the command may run.
func (w *work) asking() bool {
	_, answered := w.guesses[w.pos]
	return w.step().Question != nil && !answered && !w.done[w.pos]
}

// what asks what to do now.
func (w *work) what() string {
	switch {
	case w.asking():
		return "Type the number of what you think will happen. ? says what else you can type."
	case w.runnable() && !w.passed[w.pos] && w.step().Kind == labs.Explore:
		return "Type a command. h gives a hint, ? says what else you can type."
	case w.runnable() && !w.passed[w.pos] && w.step().Kind == labs.Edit:
		return "Change the file with an editor of yours, then press enter to run. h gives a hint, ? says what else you can type."
	case w.runnable() && !w.passed[w.pos]:
		return "Enter runs the command. h gives a hint, n goes on, ? says what else you can type."
	}
	return "Enter goes on. b goes back, l to the labs, q quits, ? says what else you can type."
}

func (w *work) help() {
	w.say(`Enter alone does what is next. Letters, each followed by enter:
r runs the step. n goes to the next step, b to the one before, p reads this one out again.
h gives a hint, and the last time the solution. a applies the solution.
w explains what the last command was answered, and what decided.
f reads the file out. g and a number prepares that step and goes there.
l goes back to the labs. q quits. Your progress is kept.
Anything longer is run as a command of your own, in the lab's folder.`)
}
