package labs

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Run runs a step's command and then its checks. The command's output goes to out as it comes. A step without a command
// has only its checks; those of a step with a goal look at the learner's own last command. The error is ctx's when it
// ended, or says why the command could not be run; a command that fails and a check that does not hold are Outcomes.
func (s *Session) Run(ctx context.Context, step int, out io.Writer) (Outcome, error) {
	of, err := s.step("run", step)
	if err != nil {
		return Outcome{}, err
	}
	s.working.Lock()
	defer s.working.Unlock()
	o, err := s.run(ctx, step, out, s.patience())
	if err != nil {
		return o, err
	}
	s.noted(of, o, false)
	return o, s.remember(of, o.Passed)
}

// run runs a step for who holds the lock, and waits so long for its checks. What the learner wrote is not kept.
func (s *Session) run(ctx context.Context, step int, out io.Writer, wait time.Duration) (Outcome, error) {
	if o, err := s.begin(ctx, step, out); err != nil || o.Skipped != "" {
		return o, err
	}
	if e, ok := out.(Ender); ok {
		e.Ended()
	}
	return s.judge(ctx, step, wait)
}

// Ender is implemented by writers of a step's output that want to know when its command ended: from then on its checks
// are waited for.
type Ender interface {
	// Ended is called once, after the last output.
	Ended()
}

// begin runs the command of a step, unless the cluster lacks what the step needs: then the outcome says so.
func (s *Session) begin(ctx context.Context, step int, out io.Writer) (Outcome, error) {
	of := &s.lab.Steps[step]
	if reason := s.lacks(of); reason != "" {
		return Outcome{Passed: true, Skipped: reason}, nil
	}
	if of.Command == "" {
		return Outcome{}, nil
	}
	answer, err := s.command(ctx, of.Command, out)
	if err != nil {
		return Outcome{Exit: answer.Exit}, fmt.Errorf("run %s: %w", of.ID, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[step] = answer
	return Outcome{}, nil
}

// command runs a line of the lab's in the lab's folder.
func (s *Session) command(ctx context.Context, line string, out io.Writer) (Answer, error) {
	record := &recorder{to: out}
	exit, err := s.shell.Run(ctx, s.Dir(), line, s.environment(), record, record)
	if err != nil {
		return Answer{Exit: exit}, err
	}
	return ParseAnswer(exit, record.String()), nil
}

// judge judges a step, and looks for the mistake that was made when it is not done.
func (s *Session) judge(ctx context.Context, step int, wait time.Duration) (Outcome, error) {
	results, err := s.check(ctx, step, wait, shortPatience)
	if err != nil {
		return Outcome{Exit: s.answer(step).Exit, Checks: results}, err
	}
	o := s.outcome(step, s.answer(step).Exit, results)
	if !o.Passed {
		o.Mistake = s.mistake(ctx, step, wait)
	}
	return o, ctx.Err()
}

// answer is what the checks of a step look at.
func (s *Session) answer(step int) Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lab.Steps[step].Kind == Explore {
		return s.typed
	}
	return s.answers[step]
}

// outcome sums up a step and moves up its ladder of hints.
func (s *Session) outcome(step, exit int, results []CheckResult) Outcome {
	o := Outcome{Exit: exit, Passed: passed(results), Checks: results}
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.Passed {
		s.failed[step] = 0
		return o
	}
	if hints := s.lab.Steps[step].Hints; len(hints) > 0 {
		o.Hint = hints[min(s.failed[step], len(hints)-1)]
	}
	s.failed[step]++
	return o
}

func passed(results []CheckResult) bool {
	for _, result := range results {
		if !result.OK {
			return false
		}
	}
	return true
}
