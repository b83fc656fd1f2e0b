package workshop

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"podsec/labs"
)

// presentation is how labs are presented.
type presentation struct {
	step  int
	speed int
}

// NewPresent makes the command that shows labs to a room.
func NewPresent(folder fs.FS, p *Places) *cobra.Command {
	show, looks := presentation{speed: 20}, &Look{}
	cmd := &cobra.Command{
		Use:   "present [LAB]",
		Short: "Show a lab to a room, on a projector",
		Long: `Show a lab to a room: one thing at a time, with a lot of space around it. Commands are typed before the room's eyes and
really run; questions are asked, and answered when you say so. A clock compares each step with its share of the lab's
minutes. Make the terminal's letters large: everything fits from 50x15 on.

The space bar is all you need, and so is a clicker: it goes on, has a command typed, and runs it. Or type a command
yourself, with any letters, and press enter. b makes the screen black, and ? lists the keys.

Your own progress is left alone: a presentation has its own, and goes on where it was left. The speaker notes of the step
that is shown are in a second terminal: podsec notes.`,
		Example: `  podsec present                     choose a lab
  podsec present 2                   show lab 2, or go on with it
  podsec present 02-pod-labels --step 5
  podsec present 2 --speed 40 --theme contrast
  podsec notes                       in a second terminal: what to say`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeLab(folder),
		RunE: func(command *cobra.Command, args []string) error {
			if err := show.check(looks, args); err != nil {
				return err
			}
			return present(command.Context(), folder, p, looks, args, show)
		},
	}
	cmd.Flags().IntVar(&show.step, "step", 0, "the step to begin with; those before it are done for you (default: where you left)")
	cmd.Flags().IntVar(&show.speed, "speed", show.speed, "how many characters of a command are typed in a second; 0 shows it at once")
	_ = cmd.RegisterFlagCompletionFunc("step", cobra.NoFileCompletions) // the flags are there
	_ = cmd.RegisterFlagCompletionFunc("speed", cobra.FixedCompletions([]string{"0", "20", "40"}, cobra.ShellCompDirectiveNoFileComp))
	looks.Bind(cmd)
	return cmd
}

// check refuses what makes no sense.
func (p presentation) check(looks *Look, args []string) error {
	if err := looks.check(); err != nil {
		return err
	}
	switch {
	case looks.plain:
		return errors.New("present draws a screen for a room, which --plain does not; to work through a lab in lines: podsec --plain LAB")
	case p.speed < 0 || p.speed > 1000:
		return fmt.Errorf("read flag --speed: %d is not between 0 and 1000", p.speed)
	case p.step < 0:
		return fmt.Errorf("read flag --step: %d is not a step", p.step)
	case p.step > 0 && len(args) == 0:
		return errors.New("read flag --step: name the lab, too")
	case dumb(os.Getenv):
		return errors.New("present needs a terminal to draw on, and TERM=dumb says that this is none; to work through a lab in lines: podsec --plain LAB")
	case !onTerminal():
		return errors.New("present needs a terminal to draw on; for a recording: podsec record, for a handout: podsec export")
	}
	return nil
}

// present shows labs until the presenter leaves.
func present(ctx context.Context, folder fs.FS, p *Places, looks *Look, args []string, show presentation) error {
	if err := p.Agree(ctx); err != nil {
		return err
	}
	w, err := NewPresentation(folder, p, args, show.step)
	if err != nil {
		return err
	}
	w.Options.Speed = show.speed
	if err := looks.Apply(w); err != nil {
		return err
	}
	return w.Main(ctx)
}

// NewPresentation is New for labs that are presented: the progress is that of presentations. The lab that args name, if
// any, begins with a step, counted from 1; with 0 it goes on where it was left, or from its beginning when it was at its
// end.
func NewPresentation(folder fs.FS, p *Places, args []string, step int) (*Workshop, error) {
	w, err := NewIn(labs.PresentingDir(labs.DataDir()), folder, p, args)
	if err != nil {
		return nil, err
	}
	w.Options.Present = true
	if w.Options.Lab == "" {
		return w, nil
	}
	lab, err := labs.Find(w.Options.Labs, w.Options.Lab)
	if err != nil {
		return nil, err
	}
	if step > len(lab.Steps) {
		return nil, fmt.Errorf("read flag --step: %s has %d steps", lab.ID, len(lab.Steps))
	}
	if step == 0 && over(lab, w.progress.Lab(p.Name(), lab.ID)) {
		step = 1
	}
	w.Options.Step = step
	if step == 1 { // a new presentation: it begins now
		err = w.progress.Save(p.Name(), lab.ID, "", nil)
	}
	return w, err
}

// over reports whether a lab was shown to its end.
func over(lab *labs.Lab, known labs.LabProgress) bool {
	for i := len(lab.Steps) - 1; i >= 0; i-- {
		if s := lab.Steps[i]; s.Edition == "" {
			_, done := known.Done[s.ID]
			return done && known.Step == s.ID
		}
	}
	return false
}
