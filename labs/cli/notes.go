package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"podsec/labs"
)

// NewNotes makes the command that shows the notes for the person who presents.
func NewNotes(o Options) *cobra.Command {
	return &cobra.Command{
		Use:   "notes [LAB]",
		Short: "Show the speaker notes of the step that the app is at",
		Long: `Show the notes for the person who presents, in a second terminal: those of the step that a presentation (podsec present)
or the terminal app is at, how long it should take, and what comes next. They follow from step to step, in the lab that is
named, or in whichever was worked on last. Ctrl-C ends it.`,
		Example: `  podsec notes
  podsec notes 02-pod-labels`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeLabs(o),
		RunE: func(cmd *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			list, err := labs.Load(o.Labs)
			if err != nil {
				return fmt.Errorf("read labs: %w", err)
			}
			n := notes{labs: list, out: cmd.OutOrStdout(), render: o.Render}
			if len(args) > 0 {
				lab, err := labs.Find(list, args[0])
				if err != nil {
					return err
				}
				n.only = lab.ID
			}
			for _, dir := range []string{labs.PresentingDir(o.data()), o.data()} {
				progress, _, err := labs.OpenProgress(dir)
				if err != nil {
					return err
				}
				n.progress = append(n.progress, progress)
			}
			return n.follow(cmd.Context())
		},
	}
}

// lookAgain is how often the progress file is looked at. It is small, and nobody talks faster.
const lookAgain = 200 * time.Millisecond

// notes follows the app.
type notes struct {
	labs     []*labs.Lab
	only     string           // the ID of the one lab to follow, "" for any
	progress []*labs.Progress // of presentations, and of the app
	out      io.Writer
	render   func(markdown string, width int) []string
}

// follow shows the notes until ctx ends, which is how it is meant to end.
func (n *notes) follow(ctx context.Context) error {
	ticker := time.NewTicker(lookAgain)
	defer ticker.Stop()
	shown := ""
	for {
		if text := n.now(); text != shown {
			if err := n.show(text); err != nil {
				return err
			}
			shown = text
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		for _, progress := range n.progress {
			if err := progress.Reload(); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
	}
}

// now is what there is to show at present, as Markdown.
func (n *notes) now() string {
	id, known := n.latest()
	lab := n.find(id)
	if lab == nil {
		return "Waiting for a lab to be opened: `podsec present`, or `podsec`\n"
	}
	for i := range lab.Steps {
		if lab.Steps[i].ID == known.Step {
			return notesOf(lab, i)
		}
	}
	return notesOf(lab, 0)
}

// latest is the lab where somebody was last, "" for none. Of a presentation and the app in the same second, the
// presentation is meant.
func (n *notes) latest() (id string, known labs.LabProgress) {
	for _, progress := range n.progress {
		cluster, at, found := progress.Latest(n.only)
		if !found {
			continue
		}
		if there := progress.Lab(cluster, at); id == "" || there.At.After(known.At) {
			id, known = at, there
		}
	}
	return id, known
}

func (n *notes) find(id string) *labs.Lab {
	for _, lab := range n.labs {
		if lab.ID == id {
			return lab
		}
	}
	return nil
}

// notesOf writes the notes of a step.
func notesOf(lab *labs.Lab, i int) string {
	step := &lab.Steps[i]
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s, step %d of %d. %s\n\n", step.Title, lab.Title, i+1, len(lab.Steps), timeFor(lab, i))
	if step.Notes == "" {
		b.WriteString("*There are no notes for this step.*\n\n")
	} else {
		b.WriteString(step.Notes + "\n\n")
	}
	if right := answer(step); right != "" {
		fmt.Fprintf(&b, "The right answer: %s\n\n", right)
	}
	if i+1 < len(lab.Steps) {
		fmt.Fprintf(&b, "**Next:** %s\n", lab.Steps[i+1].Title)
	} else {
		b.WriteString("**This is the last step.**\n")
	}
	return b.String()
}

// timeFor says how long a step should take, and where in the lab's time it begins. Steps of an older edition are on top.
func timeFor(lab *labs.Lab, step int) string {
	var before time.Duration
	plan := lab.Plan()
	for i, d := range plan[:step] {
		if lab.Steps[i].Edition == "" {
			before += d
		}
	}
	clock := func(d time.Duration) string { return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60) }
	return fmt.Sprintf("Planned: %s, from %s of %d:00 on.", clock(plan[step]), clock(before), lab.Minutes)
}

// clearScreen empties a terminal and what scrolled out of it.
const clearScreen = "\x1b[H\x1b[2J\x1b[3J"

// show shows notes: on a terminal in place of those before, elsewhere below them.
func (n *notes) show(text string) error {
	if file, ok := n.out.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		width, _, err := term.GetSize(int(file.Fd()))
		if err == nil && n.render != nil {
			text = strings.Join(n.render(text, width), "\n") + "\n"
		}
		text = clearScreen + text
	}
	if _, err := io.WriteString(n.out, text); err != nil {
		return fmt.Errorf("show notes: %w", err)
	}
	return nil
}
