package plain

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"podsec/labs"
	"podsec/tui"
	"podsec/tui/text"
)

// work is a lab that is being worked on.
type work struct {
	*talk
	lab     *labs.Lab
	session tui.Session
	pos     int
	done    map[int]bool
	passed  map[int]bool // in this session
	guesses map[int]int
	rungs   map[int]int
	ran     *ran // the last command, nil for none
}

// lab works through a lab until the learner leaves it; quit says that they want to leave the workshop.
func (t *talk) lab(ctx context.Context, l *labs.Lab) (quit bool, err error) {
	if len(l.Steps) == 0 {
		t.say("Lab %d has no steps.", l.Number)
		return false, nil
	}
	w := &work{talk: t, lab: l, passed: map[int]bool{}, guesses: map[int]int{}, rungs: map[int]int{}}
	w.pos, w.done = t.place(l)
	t.say("\nPreparing lab %d, %s. Please wait.", l.Number, text.Line(l.Title))
	if w.session, err = t.cluster.Open(ctx, l); err != nil {
		return false, fmt.Errorf("open lab: %w", err)
	}
	defer func() { err = errors.Join(err, w.session.Close()) }()
	if w.pos > 0 {
		if err := w.session.Enter(ctx, w.pos, w.entering); err != nil {
			return false, fmt.Errorf("go to step %d: %w", w.pos+1, err)
		}
	}
	if l.Intro != "" && w.pos == 0 {
		t.say("%s", prose(l.Intro))
	}
	return w.steps(ctx)
}

func (w *work) entering(done, of int) {
	if done < of {
		w.say("Doing step %d of the %d before yours.", done+1, of)
	}
}

func (w *work) step() *labs.Step { return &w.lab.Steps[w.pos] }

// steps takes the learner's answers, one after the other.
func (w *work) steps(ctx context.Context) (quit bool, err error) {
	w.tell()
	for {
		line, ok := w.ask(ctx, w.what())
		if !ok {
			return true, nil
		}
		over, quit, err := w.answer(ctx, line)
		if err != nil {
			w.trouble("That did not work", err)
		}
		if over || quit {
			return quit, nil
		}
	}
}

// answer does what the learner entered: a letter for a key, anything longer for a command of their own.
func (w *work) answer(ctx context.Context, line string) (over, quit bool, err error) {
	switch {
	case w.asking() && len(line) == 1 && line[0] >= '1' && int(line[0]-'1') < len(w.step().Question.Choices):
		w.guess(int(line[0] - '1'))
		return false, false, nil
	case strings.HasPrefix(line, "g ") && len(line) > 2:
		return false, false, w.goTo(ctx, line[2:])
	case len(line) > 1:
		return false, false, w.exec(ctx, line)
	}
	return w.key(ctx, line)
}

// guess takes the learner's answer. A session keeps it for the report when it can; that it cannot is no reason to stop.
func (w *work) guess(choice int) {
	w.guesses[w.pos] = choice
	if s, ok := w.session.(interface {
		Answer(step, choice int) (right bool, err error)
	}); ok {
		_, _ = s.Answer(w.pos, choice)
	}
	w.say("Noted. Enter runs the command.")
}

// key does what a letter stands for.
func (w *work) key(ctx context.Context, letter string) (over, quit bool, err error) {
	switch letter {
	case "":
		return w.forward(ctx)
	case "r":
		return false, false, w.run(ctx)
	case "n":
		return w.next()
	case "b":
		w.move(max(0, w.pos-1))
	case "h":
		w.hint()
	case "a":
		return false, false, w.solve(ctx)
	case "f":
		return false, false, w.file()
	case "w":
		return false, false, w.why(ctx)
	case "p":
		w.tell()
	case "l":
		return true, false, nil
	case "q":
		return true, true, nil
	default:
		w.help()
	}
	return false, false, nil
}

// forward is enter alone: it runs what is to be run, and goes on from what is done.
func (w *work) forward(ctx context.Context) (over, quit bool, err error) {
	if w.runnable() && !w.passed[w.pos] {
		if w.step().Kind == labs.Explore {
			w.say("Type a command of your own, for example: kubectl get pods.")
			return false, false, nil
		}
		return false, false, w.run(ctx)
	}
	return w.next()
}

func (w *work) runnable() bool { return w.step().Command != "" || len(w.step().Checks) > 0 }

func (w *work) next() (over, quit bool, err error) {
	if !w.runnable() {
		w.done[w.pos] = true
	}
	if w.pos == len(w.lab.Steps)-1 {
		w.save()
		w.say("Lab %d ends here. %d steps are done.", w.lab.Number, count(w.lab, w.done))
		return true, false, nil
	}
	w.move(w.pos + 1)
	return false, false, nil
}

// move goes to a step and says it.
func (w *work) move(pos int) {
	w.pos = pos
	w.save()
	w.tell()
}

// goTo takes the lab to a step as if the learner had come there.
func (w *work) goTo(ctx context.Context, number string) error {
	n, err := strconv.Atoi(strings.TrimSpace(number))
	if err != nil || n < 1 || n > len(w.lab.Steps) {
		w.say("The lab has the steps 1 to %d.", len(w.lab.Steps))
		return nil
	}
	w.say("Preparing step %d. Please wait.", n)
	if err := w.session.Enter(ctx, n-1, w.entering); err != nil {
		return err
	}
	clear(w.passed)
	w.move(n - 1)
	return nil
}

// save keeps where the learner is.
func (w *work) save() {
	if w.opts.Progress == nil {
		return
	}
	var done []string
	for i, s := range w.lab.Steps {
		if w.done[i] {
			done = append(done, s.ID)
		}
	}
	if err := w.opts.Progress.Save(w.opts.ClusterName, w.lab.ID, w.step().ID, done); err != nil {
		w.say("Your progress was not saved: %s", text.Sentence(text.Line(err.Error())))
	}
}
