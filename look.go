package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"podsec/tui"
	"podsec/tui/style"
)

// look is how the workshop is shown.
type look struct {
	theme string
	plain bool
}

// bind gives the command the flags of the look.
func (l *look) bind(command *cobra.Command) {
	var names []string
	for _, t := range style.Themes() {
		names = append(names, string(t))
	}
	command.Flags().StringVar(&l.theme, "theme", string(style.Auto), "look of the app: "+strings.Join(names, ", "))
	command.Flags().BoolVar(&l.plain, "plain", false, "talk in lines instead of drawing: for screen readers and pipes")
	_ = command.RegisterFlagCompletionFunc("theme", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
}

// apply sets the look in the app's options.
func (l *look) apply(o *tui.Options) error {
	if l.theme != "" && !style.Known(l.theme) {
		return fmt.Errorf("unknown theme %q", l.theme)
	}
	o.Theme, o.ASCII = style.Theme(l.theme), tui.OnlyASCII(os.Getenv)
	return nil
}
