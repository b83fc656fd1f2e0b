package labs

import (
	"context"
	"io"
)

// Enter goes to a step as if the learner had come there: it resets the lab, does everything before that step without
// showing it, and puts back what the learner was writing at the step. report, which may be nil, is told how many steps
// of how many are done. A check that does not hold on the way is no error.
func (s *Session) Enter(ctx context.Context, step int, report func(done, of int)) error {
	if _, err := s.step("enter", step); err != nil {
		return err
	}
	if report == nil {
		report = func(int, int) {}
	}
	s.working.Lock()
	defer s.working.Unlock()
	if err := s.reset(ctx); err != nil {
		return err
	}
	for i := range step {
		report(i, step)
		if err := s.pass(ctx, i); err != nil {
			return err
		}
	}
	report(step, step)
	s.mu.Lock()
	s.console, s.typed, s.failed = nil, Answer{}, map[int]int{}
	s.mu.Unlock()
	return s.resume(&s.lab.Steps[step])
}

// resume puts back what the learner was writing.
func (s *Session) resume(of *Step) error {
	if of.Kind != Edit {
		return nil
	}
	text, found, err := s.kept().load(of.ID, draft)
	if err != nil || !found {
		return err
	}
	return s.write(of, text)
}

// pass does a step for the learner: with what they wrote themselves when it passed once and does so now, otherwise with
// the solution.
func (s *Session) pass(ctx context.Context, step int) error {
	of := &s.lab.Steps[step]
	if of.Kind == Edit {
		if text, found, err := s.kept().load(of.ID, good); err != nil {
			return err
		} else if found {
			if done, err := s.passWith(ctx, step, text); done || err != nil {
				return err
			}
		}
	}
	_, err := s.answerWith(ctx, step, of.Solution, io.Discard, s.patience())
	return err
}

// passWith runs a step with the learner's own text.
func (s *Session) passWith(ctx context.Context, step int, text string) (bool, error) {
	if err := s.write(&s.lab.Steps[step], text); err != nil {
		return false, err
	}
	o, err := s.run(ctx, step, io.Discard, s.patience())
	return o.Passed, err
}

// Solve solves a step for the learner: it writes the solution's file and runs the step's command, or runs the
// solution's command, and then checks as Run does.
func (s *Session) Solve(ctx context.Context, step int, out io.Writer) (Outcome, error) {
	of, err := s.step("solve", step)
	if err != nil {
		return Outcome{}, err
	}
	s.working.Lock()
	defer s.working.Unlock()
	o, err := s.answerWith(ctx, step, of.Solution, out, s.patience())
	if err != nil {
		return o, err
	}
	s.noted(of, o, of.Kind == Edit || of.Kind == Explore)
	return o, s.remember(of, o.Passed)
}
