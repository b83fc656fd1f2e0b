package plain

import (
	"context"
	"io"
	"strings"

	"podsec/kube/inspect"
	"podsec/tui/text"
)

// ran is a command that ran, where, and what it printed.
type ran struct {
	command, folder string
	printed         strings.Builder
}

// listen notes a command that is about to run in a folder, "" for the lab's; what it prints is noted on its way to out.
func (w *work) listen(folder, command string, out io.Writer) io.Writer {
	w.ran = &ran{command: command, folder: folder}
	return io.MultiWriter(out, &w.ran.printed)
}

// why reads out what became of the objects that the last command sent, and what decided.
func (w *work) why(ctx context.Context) error {
	if w.ran == nil || w.ran.command == "" {
		w.say("Run the step first: why explains what its command was answered.")
		return nil
	}
	if w.cluster.Source == nil {
		w.say("This cluster explains nothing.")
		return nil
	}
	q := inspect.Question{Command: w.ran.command, Folder: w.ran.folder, Printed: w.ran.printed.String()}
	if dir, ok := w.session.(interface{ Dir() string }); ok && q.Folder == "" {
		q.Folder = dir.Dir()
	}
	answers, err := w.cluster.Source.Explain(ctx, q)
	if err != nil {
		w.trouble("There is nothing to explain", err)
		return nil
	}
	for _, a := range answers {
		var out strings.Builder
		if a.Earlier != "" {
			out.WriteString(a.Earlier + "\n")
		}
		if err := a.WriteText(&out); err != nil {
			return err
		}
		w.say("%s", strings.TrimRight(text.Clean(out.String()), "\n"))
	}
	return nil
}
