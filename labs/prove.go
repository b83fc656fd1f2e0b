package labs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"time"
)

// Prove works through a lab on a cluster, once with the solutions alone and once more as a learner who makes every known
// mistake first. It returns what turned out otherwise than the lab's text has it: checks that hold before their step is
// done, or not after the solution; steps with something to edit, or with a goal, that are done without the learner;
// mistakes that are not recognised, or that the solution does not mend. watch, which may be nil, is told each step as
// it begins. The error says why the lab could not be worked through.
func Prove(ctx context.Context, lab *Lab, cluster Cluster, sh Runner, watch func(step *Step)) (problems []Problem, err error) {
	s, err := Open(ctx, lab, cluster, sh, Wait(time.Minute))
	if err != nil {
		return nil, fmt.Errorf("start lab: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if watch == nil {
		watch = func(*Step) {}
	}
	p := prover{session: s, watch: watch}
	err = p.all(ctx)
	return p.problems, err
}

// prover works through a lab.
type prover struct {
	session  *Session
	watch    func(step *Step)
	problems Problems
}

func (p *prover) all(ctx context.Context) error {
	steps := p.session.lab.Steps
	if err := p.through(ctx, len(steps), p.step); err != nil {
		return err
	}
	last := 0 // after the last step with mistakes there is nothing more to see
	for i := range steps {
		if len(steps[i].Mistakes) > 0 {
			last = i + 1
		}
	}
	if last == 0 {
		return nil
	}
	if err := p.session.Reset(ctx); err != nil {
		return err
	}
	err := p.through(ctx, last, p.mistakes)
	p.problems.sort()
	return err
}

// through does the first steps that the cluster can have.
func (p *prover) through(ctx context.Context, steps int, do func(ctx context.Context, i int) error) error {
	for i := range p.session.lab.Steps[:steps] {
		step := &p.session.lab.Steps[i]
		if p.session.lacks(step) != "" {
			continue
		}
		p.watch(step)
		if err := do(ctx, i); err != nil {
			return fmt.Errorf("prove %s: %w", step.ID, err)
		}
	}
	return nil
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
	return p.solve(ctx, i, "its solution does not do")
}

// solve applies the solution, which must do.
func (p *prover) solve(ctx context.Context, i int, otherwise string) error {
	o, err := p.session.Solve(ctx, i, io.Discard)
	for _, result := range o.Checks {
		if !result.OK && err == nil {
			p.note(&p.session.lab.Steps[i], "", "%s: %s: %s", otherwise, result.Title, result.Missing)
		}
	}
	return err
}

// before looks at the checks of a step that is yet to be done.
func (p *prover) before(ctx context.Context, i int) error {
	step := &p.session.lab.Steps[i]
	if step.Kind == Read || step.Command != "" && looks(step.Command) {
		return nil // nothing changes there
	}
	for k, result := range p.session.glance(ctx, i) {
		check := step.Checks[k]
		if lasts(check) && !result.OK {
			result = p.settled(ctx, i, check)
		}
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

// settled judges a check that is to hold before its step, once what the steps before set going has come to pass.
func (p *prover) settled(ctx context.Context, i int, check Check) CheckResult {
	ctx, cancel := context.WithTimeout(ctx, p.session.patience())
	defer cancel()
	return judge(ctx, check, p.session.evidence(i))
}
