package workshop

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/google/renameio/v2/maybe"
	"github.com/spf13/cobra"

	"podsec/labs"
	"podsec/tui/cast"
)

// recording is how a lab is recorded.
type recording struct {
	file  string
	size  string
	pause time.Duration
}

// NewRecord makes the command that records a lab in the app.
func NewRecord(folder fs.FS, p *Places) *cobra.Command {
	r := recording{size: "100x30", pause: 2 * time.Second}
	cmd := &cobra.Command{
		Use:   "record LAB -o FILE",
		Short: "Record a run of a lab in the app, for asciinema to play",
		Long: `Record a run of a lab in the app as an asciicast (version 2), which asciinema plays and web pages can show. The lab is
really worked through, by keys, with the right answers and the solutions. Your own progress is left alone.`,
		Example: `  podsec record 02-pod-labels -o pod-labels.cast
  podsec record 2 -o pod-labels.cast --size 120x40 --pause 4s`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeLab(folder),
		RunE: func(command *cobra.Command, args []string) error {
			return record(command.Context(), folder, p, args[0], r)
		},
	}
	cmd.Flags().StringVarP(&r.file, "file", "o", "", "the file to write (.cast)")
	cmd.Flags().StringVar(&r.size, "size", r.size, "columns and rows of the terminal")
	cmd.Flags().DurationVar(&r.pause, "pause", r.pause, "how long to stay at what there is to read")
	_ = cmd.MarkFlagRequired("file") // the flags are there
	_ = cmd.MarkFlagFilename("file", "cast")
	_ = cmd.RegisterFlagCompletionFunc("size", cobra.FixedCompletions([]string{"80x24", "100x30", "120x40"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// completeLab offers the labs for a command that takes one.
func completeLab(folder fs.FS) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		all, _ := labs.Load(folder) // those that can be read are offered
		var offers []cobra.Completion
		for _, lab := range all {
			offers = append(offers, cobra.CompletionWithDesc(lab.ID, lab.Title))
		}
		return offers, cobra.ShellCompDirectiveNoFileComp
	}
}

// record records a lab. The file is only there when all went well.
func record(ctx context.Context, folder fs.FS, p *Places, name string, r recording) (err error) {
	var width, height int
	if n, err := fmt.Sscanf(r.size, "%dx%d", &width, &height); n != 2 || err != nil || width < 50 || height < 15 || width > 500 || height > 200 {
		return fmt.Errorf("read flag --size: %q is not like 100x30, from 50x15 to 500x200", r.size)
	}
	if err := p.Agree(ctx); err != nil {
		return err
	}
	data, err := os.MkdirTemp("", "podsec-record-")
	if err != nil {
		return fmt.Errorf("make private folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	w, err := NewIn(data, folder, p, []string{name})
	if err != nil {
		return err
	}
	lab, err := labs.Find(w.Options.Labs, name)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(data, "cast-")
	if err != nil {
		return fmt.Errorf("make file: %w", err)
	}
	defer file.Close() //nolint:errcheck // it is read again below
	if err := recordTo(ctx, file, w, lab, r.pause, width, height); err != nil {
		return err
	}
	text, err := os.ReadFile(file.Name())
	if err != nil {
		return fmt.Errorf("read record: %w", err)
	}
	if err := maybe.WriteFile(r.file, text, 0o644); err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	return nil
}

// recordTo runs the app on a terminal that is recorded, and works through the lab there.
func recordTo(ctx context.Context, file *os.File, w *Workshop, lab *labs.Lab, pause time.Duration, width, height int) error {
	terminal, err := cast.NewRecorder(file, width, height, lab.Title, time.Now)
	if err != nil {
		return err
	}
	defer terminal.Close() //nolint:errcheck // it never fails
	w.Options.Input, w.Options.Output, w.Options.Width, w.Options.Height = terminal, terminal, width, height
	w.Options.Places = nil // a record does not tell of the kubeconfig of who made it
	w.Options.Environ = []string{"TERM=xterm-256color", "COLORTERM=truecolor", "TTY_FORCE=1"}
	app, leave := context.WithCancel(ctx)
	defer leave()
	ended := make(chan error, 1)
	go func() {
		ended <- w.Main(app)
		leave()
	}()
	worked := cast.Driver{Terminal: terminal, Pause: pause}.Work(app, lab)
	leave()
	if err := <-ended; err != nil {
		return errors.Join(err, worked)
	}
	return errors.Join(worked, terminal.Err())
}
