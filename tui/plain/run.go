package plain

import (
	"context"
	"io"
	"io/fs"
	"strings"
	"sync"

	"podsec/labs"
	"podsec/tui/text"
)

// run runs the step and says what came of it.
func (w *work) run(ctx context.Context) error {
	if w.asking() {
		w.say("Say first what you think will happen.")
		return nil
	}
	w.say("Running.")
	out := &lines{to: w.out}
	o, err := w.session.Run(ctx, w.pos, w.listen("", w.step().Command, out))
	out.end()
	if err != nil {
		return err
	}
	w.report(o)
	return nil
}

// exec runs a line of the learner's own, and looks whether a goal is reached by it.
func (w *work) exec(ctx context.Context, line string) error {
	out := &lines{to: w.out}
	exit, err := w.session.Exec(ctx, line, w.listen(w.session.Cwd(), line, out))
	out.end()
	if err != nil {
		return err
	}
	w.say("The command ended with exit status %d.", exit)
	if w.step().Kind != labs.Explore || w.passed[w.pos] {
		return nil
	}
	o, err := w.session.Run(ctx, w.pos, io.Discard)
	if err != nil {
		return err
	}
	w.judged(o)
	return nil
}

// report says what came of a step's command.
func (w *work) report(o labs.Outcome) {
	if o.Skipped != "" {
		w.say("This step is left out here: %s", text.Sentence(text.Line(o.Skipped)))
	} else if w.step().Command != "" {
		w.say("The command ended with exit status %d.", o.Exit)
	}
	w.judged(o)
	said, answered := w.guesses[w.pos]
	if q := w.step().Question; q != nil && answered {
		w.guessed(q, q.Choices[said])
	}
}

// judged says what was checked.
func (w *work) judged(o labs.Outcome) {
	for _, c := range o.Checks {
		if c.OK {
			w.say("Holds: %s.", text.Line(c.Title))
		} else {
			w.say("Does not hold: %s. %s", text.Line(c.Title), text.Sentence(text.Line(c.Missing)))
		}
	}
	if o.Passed {
		w.done[w.pos], w.passed[w.pos] = true, true
		w.save()
		w.say("The step is done.")
		return
	}
	w.say("The step is not done yet.")
	if o.Mistake != "" {
		w.say("What went wrong: %s", inline(o.Mistake))
	}
	if o.Hint != "" {
		w.say("Hint: %s", inline(o.Hint))
	}
}

// guessed says whether the learner was right.
func (w *work) guessed(q *labs.Question, said labs.Choice) {
	if said.Right {
		w.say("You said so: %s. %s", inline(said.Text), inline(said.Reply))
		return
	}
	w.say("You said: %s. That is not so. %s", inline(said.Text), inline(said.Reply))
	for _, c := range q.Choices {
		if c.Right {
			w.say("Right is: %s. %s", inline(c.Text), inline(c.Reply))
		}
	}
}

// hint gives the next hint; after the last one, the solution.
func (w *work) hint() {
	if w.asking() {
		w.say("A hint would give the answer away. Say first what you think will happen.")
		return
	}
	s, n := w.step(), w.rungs[w.pos]
	w.rungs[w.pos]++
	switch {
	case n < len(s.Hints):
		w.say("Hint %d: %s", n+1, inline(s.Hints[n]))
	case s.Solution.Command != "" && s.Solution.Command != s.Command:
		w.say("Solution: a applies it. The command is:\n%s", text.Clean(strings.TrimRight(s.Solution.Command, "\n")))
	case s.Solution.File != "":
		data, err := fs.ReadFile(w.lab.Files, s.Solution.File)
		if err != nil {
			w.say("The solution cannot be read: %s", text.Sentence(text.Line(err.Error())))
			return
		}
		w.say("Solution: a applies it. The file becomes:\n%s", text.Clean(strings.TrimRight(string(data), "\n")))
	default:
		w.say("There are no more hints.")
	}
}

// solve applies the solution.
func (w *work) solve(ctx context.Context) error {
	s := w.step()
	switch {
	case s.Solution == (labs.Solution{}) && s.Command == "":
		w.say("This step has no solution to apply.")
		return nil
	case w.rungs[w.pos] < len(s.Hints)+1 && s.Kind != labs.Run:
		w.say("Take the hints first: h gives the next one.")
		return nil
	}
	w.say("Applying the solution.")
	out := &lines{to: w.out}
	o, err := w.session.Solve(ctx, w.pos, w.listen("", s.Solving(), out))
	out.end()
	if err != nil {
		return err
	}
	w.report(o)
	return nil
}

// file reads the file of the step out.
func (w *work) file() error {
	if w.step().File == "" {
		w.say("This step is not about a file.")
		return nil
	}
	source, err := w.session.Text(w.pos)
	if err != nil {
		return err
	}
	for i, l := range strings.Split(strings.TrimRight(text.Clean(source), "\n"), "\n") {
		w.say("%d: %s", i+1, l)
	}
	return nil
}

// lines passes on what a command prints, line by line, without anything that could steer a terminal.
type lines struct {
	mu   sync.Mutex
	to   io.Writer
	rest string
}

// longest is the length of a line that is passed on before its end.
const longest = 64 << 10

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest += string(p)
	for {
		line, rest, found := strings.Cut(l.rest, "\n")
		if !found && len(l.rest) < longest {
			return len(p), nil
		}
		l.rest = rest
		if _, err := io.WriteString(l.to, text.Clean(line)+"\n"); err != nil {
			return 0, err
		}
	}
}

// end passes on a last line without its end.
func (l *lines) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rest != "" {
		_, _ = io.WriteString(l.to, text.Clean(l.rest)+"\n") // there is nobody to tell
		l.rest = ""
	}
}
