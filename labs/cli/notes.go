package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
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
		Long: `Show the notes for the person who presents, in a second terminal: those of the step that the terminal app is at, and what
comes next. They follow the app from step to step, in the lab that is named, or in whichever it is at. Ctrl-C ends it.`,
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
			if n.progress, _, err = labs.OpenProgress(o.data()); err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return n.follow(ctx)
		},
	}
}

// lookAgain is how often the progress file is looked at. It is small, and nobody talks faster.
const lookAgain = 200 * time.Millisecond

// notes follows the app.
type notes struct {
	labs     []*labs.Lab
	only     string // the ID of the one lab to follow, "" for any
	progress *labs.Progress
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
		if err := n.progress.Reload(); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
}

// now is what there is to show at present, as Markdown.
func (n *notes) now() string {
	cluster, id, found := n.progress.Latest(n.only)
	lab := n.find(id)
	if !found || lab == nil {
		return "Waiting for the app to open a lab: `podsec`\n"
	}
	at := n.progress.Lab(cluster, id).Step
	for i := range lab.Steps {
		if lab.Steps[i].ID == at {
			return notesOf(lab, i)
		}
	}
	return notesOf(lab, 0)
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
	fmt.Fprintf(&b, "# %s\n\n%s, step %d of %d\n\n", step.Title, lab.Title, i+1, len(lab.Steps))
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
