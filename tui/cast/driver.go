package cast

import (
	"context"
	"fmt"
	"strings"
	"time"

	"podsec/labs"
)

// Driver works through a lab by keys, as a learner would who knows it all.
type Driver struct {
	// Terminal is where the app runs.
	Terminal interface {
		Type(keys string)
		Screen() string
	}
	// Pause is how long to stay at what there is to read.
	Pause time.Duration
	// Patience is how long to wait for the app to do something; 0 is two minutes.
	Patience time.Duration
}

// look is how often the screen is looked at.
const look = 10 * time.Millisecond

// The parts of the screen by which the driver knows where it is.
const (
	preparing = "preparing the lab"
	done      = "✓ done"
)

// Work works through all steps of a lab that the app is at the start of. The error says what did not come, or is ctx's.
func (d Driver) Work(ctx context.Context, lab *labs.Lab) error {
	for i := range lab.Steps {
		step := &lab.Steps[i]
		err := d.await(ctx, "the step "+step.ID, func(screen string) bool {
			return strings.Contains(screen, fmt.Sprintf("%d/%d", i+1, len(lab.Steps))) && !strings.Contains(screen, preparing)
		})
		if err != nil {
			return err
		}
		if err := d.step(ctx, step); err != nil {
			return err
		}
		d.Terminal.Type("n")
	}
	return d.rest(ctx)
}

// step does one step.
func (d Driver) step(ctx context.Context, step *labs.Step) error {
	if err := d.rest(ctx); err != nil {
		return err
	}
	switch step.Kind {
	case labs.Run:
		d.Terminal.Type("r")
	case labs.Predict:
		if err := d.predict(ctx, step); err != nil {
			return err
		}
	case labs.Edit, labs.Explore:
		if err := d.solve(ctx, step); err != nil {
			return err
		}
	default:
		return nil
	}
	if err := d.see(ctx, done); err != nil {
		return fmt.Errorf("do step %s: %w", step.ID, err)
	}
	return d.rest(ctx)
}

// predict gives the right answer, and runs the command that shows it.
func (d Driver) predict(ctx context.Context, step *labs.Step) error {
	for i, c := range step.Question.Choices {
		if c.Right {
			d.Terminal.Type(fmt.Sprint(i + 1))
		}
	}
	if err := d.see(ctx, "enter run"); err != nil {
		return fmt.Errorf("answer step %s: %w", step.ID, err)
	}
	if err := d.rest(ctx); err != nil {
		return err
	}
	d.Terminal.Type("\r")
	return nil
}

// solve climbs all hints, and has the solution applied.
func (d Driver) solve(ctx context.Context, step *labs.Step) error {
	for range len(step.Hints) + 1 {
		d.Terminal.Type("h")
		if err := d.rest(ctx); err != nil {
			return err
		}
	}
	d.Terminal.Type("a")
	if err := d.see(ctx, "Apply the solution?"); err != nil {
		return fmt.Errorf("solve step %s: %w", step.ID, err)
	}
	d.Terminal.Type("\r")
	return nil
}

// rest stays at what there is to read.
func (d Driver) rest(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d.Pause):
		return nil
	}
}

// see waits for a text on the screen.
func (d Driver) see(ctx context.Context, text string) error {
	return d.await(ctx, fmt.Sprintf("%q", text), func(screen string) bool { return strings.Contains(screen, text) })
}

// await waits for something to hold of the screen.
func (d Driver) await(ctx context.Context, what string, holds func(screen string) bool) error {
	patience := d.Patience
	if patience == 0 {
		patience = 2 * time.Minute
	}
	deadline := time.After(patience)
	for !holds(d.Terminal.Screen()) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline:
			return fmt.Errorf("%s did not come to the screen", what)
		case <-time.After(look):
		}
	}
	return nil
}
