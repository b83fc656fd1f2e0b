package labs

import (
	"context"
	"fmt"
	"io"
	"time"
)

// mistakes makes all mistakes of a step, and then solves it.
func (p *prover) mistakes(ctx context.Context, i int) error {
	step := &p.session.lab.Steps[i]
	for k := range step.Mistakes {
		patience := p.session.patience()
		if k > 0 {
			patience = min(patience, firstPatience)
		}
		wrong, err := p.mistake(ctx, i, k, patience)
		if err != nil {
			return err
		}
		if wrong != "" && k > 0 { // an earlier mistake may have left something
			if err := p.session.Enter(ctx, i, nil); err != nil {
				return err
			}
			if wrong, err = p.mistake(ctx, i, k, p.session.patience()); err != nil {
				return err
			}
		}
		if wrong != "" {
			p.note(step, "see what try: makes of the cluster, and put the special case first", "%s", wrong)
		}
	}
	if len(step.Mistakes) == 0 {
		_, err := p.session.Solve(ctx, i, io.Discard)
		return err
	}
	return p.solve(ctx, i, "after its mistakes, the solution does not do")
}

const (
	// mistakePatience is how long the checks of a step are waited for that was done wrong on purpose.
	mistakePatience = 300 * time.Millisecond
	// firstPatience is how long a mistake is waited for that is made after another one, before it is made anew without that.
	firstPatience = 2 * time.Second
)

// mistake makes one of a step's mistakes, and says what is wrong with it. It has a time to be recognised in.
func (p *prover) mistake(ctx context.Context, i, k int, patience time.Duration) (wrong string, err error) {
	s := p.session
	step := &s.lab.Steps[i]
	made := step.Mistakes[k]
	s.working.Lock()
	defer s.working.Unlock()
	o, err := s.answerWith(ctx, i, made.Try, io.Discard, mistakePatience)
	if err != nil {
		return "", err
	}
	if o.Passed {
		return "it is done in spite of the mistake: " + made.Says, nil
	}
	for _, earlier := range step.Mistakes[:k] {
		if o.Mistake == earlier.Says {
			return fmt.Sprintf("the mistake is taken for another one: %s: %s", made.Says, earlier.Says), nil
		}
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, result := range judgeAll(limited, made.When, s.evidence(i)) {
		if !result.OK {
			return fmt.Sprintf("the mistake is not recognised: %s: %s: %s", made.Says, result.Title, result.Missing), ctx.Err()
		}
	}
	return "", ctx.Err()
}
