package labs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
)

// Prove works through a lab on a cluster as a learner would who makes every known mistake and then finds the solution.
// It returns what turned out otherwise than the lab's text has it: checks that hold before their step is done, or not
// after the solution; steps with something to edit, or with a goal, that are done without the learner; mistakes that
// are not recognised. watch, which may be nil, is told each step as it begins. The error says why the lab could not be
// worked through.
func Prove(ctx context.Context, lab *Lab, cluster Cluster, sh Runner, watch func(step *Step)) (problems []Problem, err error) {
	s, err := Open(ctx, lab, cluster, sh)
	if err != nil {
		return nil, fmt.Errorf("start lab: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	p := prover{session: s}
	for i := range lab.Steps {
		if watch != nil {
			watch(&lab.Steps[i])
		}
		if s.lacks(&lab.Steps[i]) != "" {
			continue
		}
		if err := p.step(ctx, i); err != nil {
			return p.problems, fmt.Errorf("prove %s: %w", lab.Steps[i].ID, err)
		}
	}
	return p.problems, nil
}

// prover works through a lab.
type prover struct {
	session  *Session
	problems []Problem
}

// note adds a problem of a step.
func (p *prover) note(step *Step, hint, format string, args ...any) {
	p.problems = append(p.problems, Problem{
		File: path.Join(p.session.lab.ID, labFile), Line: step.Line, Hint: hint,
		Message: fmt.Sprintf("the step %q: ", step.ID) + fmt.Sprintf(format, args...),
	})
}

func (p *prover) step(ctx context.Context, i int) error {
	step := &p.session.lab.Steps[i]
	p.session.mu.Lock()
	p.session.typed = Answer{}
	p.session.mu.Unlock()
	if err := p.before(ctx, i); err != nil {
		return err
	}
	if step.Kind == Edit || step.Kind == Explore {
		o, err := p.session.Try(ctx, i, io.Discard)
		if err != nil {
			return err
		}
		if o.Passed {
			p.note(step, "leave the learner something to do", "it is done before the learner did anything")
		}
	}
	for k := range step.Mistakes {
		if err := p.mistake(ctx, i, k); err != nil {
			return err
		}
	}
	o, err := p.session.Solve(ctx, i, io.Discard)
	for _, result := range o.Checks {
		if !result.OK && err == nil {
			p.note(step, "", "its solution does not do: %s: %s", result.Title, result.Missing)
		}
	}
	return err
}

// before looks at the checks of a step that is yet to be done.
func (p *prover) before(ctx context.Context, i int) error {
	step := &p.session.lab.Steps[i]
	if step.Kind == Read {
		return nil // nothing is done there, so nothing changes
	}
	evidence := p.session.evidence(i)
	evidence.View = evidence.View.glance()
	for k, result := range judgeAll(ctx, step.Checks, evidence) {
		check := step.Checks[k]
		switch {
		case result.OK && !lasts(check) && !negative(check):
			p.note(step, "check what the step changes; if it is to stay as it was, write still: true beside the check",
				"before it is done, it holds already: %s", result.Title)
		case !result.OK && lasts(check):
			p.note(step, "leave out still:", "before it is done, it does not hold: %s: %s", result.Title, result.Missing)
		}
	}
	return ctx.Err()
}

// mistake makes one of a step's mistakes.
func (p *prover) mistake(ctx context.Context, i, k int) error {
	step := &p.session.lab.Steps[i]
	made := step.Mistakes[k]
	p.session.working.Lock()
	defer p.session.working.Unlock()
	o, err := p.session.answerWith(ctx, i, made.Try, io.Discard, trialPatience)
	if err != nil {
		return err
	}
	if o.Passed {
		p.note(step, "check more", "it is done in spite of the mistake: %s", made.Says)
		return nil
	}
	for _, earlier := range step.Mistakes[:k] {
		if o.Mistake == earlier.Says {
			p.note(step, "put the special case first", "the mistake is taken for another one: %s: %s", made.Says, earlier.Says)
			return nil
		}
	}
	limited, cancel := context.WithTimeout(ctx, p.session.patience())
	defer cancel()
	for _, result := range judgeAll(limited, made.When, p.session.evidence(i)) {
		if !result.OK {
			p.note(step, "see what try: makes of the cluster", "the mistake is not recognised: %s: %s: %s", made.Says, result.Title, result.Missing)
		}
	}
	return ctx.Err()
}
