package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"podsec/labs"
)

// observer is told what happens while labs run.
type observer interface {
	lab(lab *labs.Lab)
	step(lab *labs.Lab, step *labs.Step)
	stepDone(r stepResult)
	labDone(r labResult)
}

// runner runs labs one after the other on one cluster.
type runner struct {
	cluster labs.Cluster
	shell   labs.Runner
	watch   observer
	from    string // the first step that counts, "" for the first of the lab
}

// all runs the labs. A lab that fails does not keep the others from being run; only the end of ctx does.
func (r *runner) all(ctx context.Context, list []*labs.Lab) ([]labResult, error) {
	var results []labResult
	for _, lab := range list {
		r.watch.lab(lab)
		result := r.one(ctx, lab)
		results = append(results, result)
		r.watch.labDone(result)
		if ctx.Err() != nil {
			return results, fmt.Errorf("run labs: %w", context.Cause(ctx))
		}
	}
	return results, nil
}

func (r *runner) one(ctx context.Context, lab *labs.Lab) labResult {
	start := time.Now()
	result := labResult{ID: lab.ID, Title: lab.Title, Steps: []stepResult{}}
	err := r.steps(ctx, lab, &result)
	var unfit *labs.UnfitError
	switch {
	case errors.As(err, &unfit):
		result.Skipped = unfit.Reason
	case err != nil:
		result.Error = err.Error()
	}
	_, failed := tally([]labResult{result})
	result.Passed, result.took = failed == 0, time.Since(start)
	return result
}

// patience is how long the checks of a run wait: a busy machine may be slow, and nobody sits and waits.
const patience = time.Minute

// steps runs the steps of a lab. Those before the first that counts only make the state that it needs.
func (r *runner) steps(ctx context.Context, lab *labs.Lab, result *labResult) (err error) {
	first, err := stepIndex(lab, r.from)
	if err != nil {
		return err
	}
	session, err := labs.Open(ctx, lab, r.cluster, r.shell, labs.Wait(patience))
	if err != nil {
		return fmt.Errorf("start lab: %w", err)
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	for i := range lab.Steps {
		step := &lab.Steps[i]
		r.watch.step(lab, step)
		done, err := r.step(ctx, session, i)
		if err != nil {
			return err
		}
		if i >= first {
			result.Steps = append(result.Steps, done)
			r.watch.stepDone(done)
		}
	}
	return nil
}

// step does a step: as it begins where that is not to be enough, and then with its solution.
func (r *runner) step(ctx context.Context, session *labs.Session, i int) (stepResult, error) {
	step := &session.Lab().Steps[i]
	start := time.Now()
	var output, before bytes.Buffer
	var first *labs.Outcome
	if step.Kind == labs.Edit || step.Kind == labs.Explore {
		o, err := session.Try(ctx, i, &before)
		if err != nil {
			return stepResult{}, err
		}
		first = &o
	}
	outcome, err := session.Solve(ctx, i, &output)
	if err != nil {
		return stepResult{}, err
	}
	done := newStepResult(step, outcome, output.String(), time.Since(start))
	if first != nil && first.Skipped == "" {
		done.began(step, *first, before.String())
	}
	return done, nil
}

// stepIndex finds a step by its ID or its number, counted from 1.
func stepIndex(lab *labs.Lab, name string) (int, error) {
	if name == "" {
		return 0, nil
	}
	for i := range lab.Steps {
		if lab.Steps[i].ID == name {
			return i, nil
		}
	}
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(lab.Steps) {
		return n - 1, nil
	}
	return 0, fmt.Errorf("find step %q: %s has none; see podsec labs --output json", name, lab.ID)
}

// report prints a line for each step, and below it what a failed one misses.
type report struct {
	out      io.Writer
	progress io.Writer // a terminal for the line that says what runs at present, or io.Discard
	quiet    bool      // say only what failed
	title    string    // of the lab whose failures come, until the first of them
}

// clearLine goes back to the start of a terminal's line and empties it.
const clearLine = "\r\x1b[K"

func (p *report) lab(lab *labs.Lab) {
	p.title = lab.ID + "  " + lab.Title + "\n"
	if !p.quiet {
		p.heading()
	}
}

// heading prints the title of the lab before the first thing that is said of it.
func (p *report) heading() {
	fmt.Fprint(p.out, p.title)
	p.title = ""
}

func (p *report) step(lab *labs.Lab, step *labs.Step) {
	fmt.Fprintf(p.progress, "%s  %s/%s …", clearLine, lab.ID, step.ID)
}

func (p *report) stepDone(r stepResult) {
	fmt.Fprint(p.progress, clearLine)
	if p.quiet && r.Passed {
		return
	}
	p.heading()
	edition := ""
	if r.Edition != "" {
		edition = " (" + r.Edition + " edition)"
	}
	if r.Skipped != "" {
		fmt.Fprintf(p.out, "  - %s  %s%s: skipped, %s\n", r.ID, r.Title, edition, r.Skipped)
		return
	}
	fmt.Fprintf(p.out, "  %s %s  %s%s\n", mark(r.Passed), r.ID, r.Title, edition)
	if r.Passed {
		return
	}
	for _, c := range r.Checks {
		if !c.OK {
			fmt.Fprintf(p.out, "      %s: %s\n", c.Title, c.Missing)
		}
	}
}

func (p *report) labDone(r labResult) {
	fmt.Fprint(p.progress, clearLine)
	if r.Skipped != "" && !p.quiet {
		fmt.Fprintf(p.out, "  - skipped, %s\n", r.Skipped)
	}
	if r.Error != "" {
		p.heading()
		fmt.Fprintf(p.out, "  %s %s\n", mark(false), r.Error)
	}
}

func mark(ok bool) string {
	if ok {
		return "✓"
	}
	return "✗"
}
