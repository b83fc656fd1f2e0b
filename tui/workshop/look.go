package workshop

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"podsec/tui"
	"podsec/tui/style"
)

// Look is how the workshop is shown.
type Look struct {
	theme string
	plain bool // talk in lines instead of drawing
}

// Bind gives the command the flags of the look.
func (l *Look) Bind(command *cobra.Command) {
	var names []string
	for _, t := range style.Themes() {
		names = append(names, string(t))
	}
	command.Flags().StringVar(&l.theme, "theme", string(style.Auto), "look of the app: "+strings.Join(names, ", "))
	command.Flags().BoolVar(&l.plain, "plain", false, "talk in lines instead of drawing: for screen readers and pipes")
	_ = command.RegisterFlagCompletionFunc("theme", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
}

// check refuses a theme that there is not.
func (l *Look) check() error {
	if l.theme != "" && !style.Known(l.theme) {
		return fmt.Errorf("unknown theme %q", l.theme)
	}
	return nil
}

// Drawable refuses to draw where there is no terminal, and says what would do instead.
func (l *Look) Drawable() error {
	if l.plain || onTerminal() {
		return nil
	}
	return errors.New("the workshop needs a terminal to draw on; in lines: podsec --plain LAB, with nobody at it: podsec run LAB")
}

// onTerminal reports whether somebody sits at both ends of this process.
func onTerminal() bool {
	return term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd()))
}

// dumb reports whether the terminal says that nothing can be drawn on it, as a shell inside an editor does.
func dumb(getenv func(string) string) bool { return getenv("TERM") == "dumb" }

// Apply sets the look of a workshop. A terminal that cannot be drawn on is talked to in lines.
func (l *Look) Apply(w *Workshop) error {
	if err := l.check(); err != nil {
		return err
	}
	w.Talk = l.plain || dumb(os.Getenv)
	w.Options.Theme, w.Options.ASCII = style.Theme(l.theme), tui.OnlyASCII(os.Getenv)
	return nil
}
