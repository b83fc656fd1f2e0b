package labs

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// Try does a step as it begins, before the learner changed anything: who runs labs wants to see that a step with something
// to edit, or with a goal, is not done by itself. It waits for the checks only while they may come to hold, and not long; it
// looks for no mistakes and gives no hints. What it writes is not kept.
func (s *Session) Try(ctx context.Context, step int, out io.Writer) (Outcome, error) {
	if _, err := s.step("try", step); err != nil {
		return Outcome{}, err
	}
	s.working.Lock()
	defer s.working.Unlock()
	o, err := s.begin(ctx, step, out)
	if err != nil || o.Skipped != "" {
		return o, err
	}
	results, err := s.try(ctx, step)
	return Outcome{Exit: s.answer(step).Exit, Passed: err == nil && passed(results), Checks: results}, err
}

// try judges a step that is not expected to be done. With a goal nothing was done that anything could follow from.
func (s *Session) try(ctx context.Context, step int) ([]CheckResult, error) {
	if s.lab.Steps[step].Kind == Explore {
		return s.glance(ctx, step), ctx.Err()
	}
	return s.check(ctx, step, trialPatience, 0)
}

// trialPatience is how long the checks of a step that is not expected to be done are waited for.
const trialPatience = 100 * time.Millisecond

// answerWith does a step with an answer to it, which may be a wrong one. What it writes is not kept.
func (s *Session) answerWith(ctx context.Context, step int, with Solution, out io.Writer, wait time.Duration) (Outcome, error) {
	of := &s.lab.Steps[step]
	if reason := s.lacks(of); reason != "" {
		return Outcome{Passed: true, Skipped: reason}, nil
	}
	if with.File != "" {
		text, err := fs.ReadFile(s.lab.Files, with.File)
		if err != nil {
			return Outcome{}, fmt.Errorf("read %s: %w", with.File, plain(err))
		}
		if err := s.write(of, string(text)); err != nil {
			return Outcome{}, err
		}
		return s.run(ctx, step, out, wait)
	}
	if with.Command == "" || with.Command == of.Command {
		return s.run(ctx, step, out, wait)
	}
	if err := s.answerByCommand(ctx, step, with.Command, out); err != nil {
		return Outcome{}, fmt.Errorf("solve %s: %w", of.ID, err)
	}
	return s.judge(ctx, step, wait)
}

// answerByCommand runs a command line in place of the step's own.
func (s *Session) answerByCommand(ctx context.Context, step int, line string, out io.Writer) error {
	if s.lab.Steps[step].Kind == Explore {
		_, err := s.exec(ctx, line, out)
		return err
	}
	answer, err := s.command(ctx, line, out)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.answers[step] = answer
	s.mu.Unlock()
	return nil
}
