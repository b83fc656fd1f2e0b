package workshop

import (
	"errors"
	"fmt"
	"io"
	"os"

	"podsec/tui/text"
)

// aside runs the app with what others write to the standard error kept off its screen: programs that get credentials for a
// cluster say there why they cannot, and client-go says so again, each time that they are asked. It is shown after the app
// if that fails. There is one standard error in a process: only one app may be run so at a time.
func aside(app func() error) error {
	screen := os.Stderr
	kept, err := os.CreateTemp("", "podsec-stderr-")
	if err != nil {
		return app() //nolint:nilerr // a full disk is no reason not to begin
	}
	defer os.Remove(kept.Name())
	os.Stderr = kept
	err = app()
	os.Stderr = screen
	if err != nil {
		err = errors.Join(err, show(screen, kept))
	}
	return errors.Join(err, kept.Close())
}

// show prints a file, from its beginning, without what could steer the terminal.
func show(to io.Writer, file *os.File) error {
	_, err := file.Seek(0, io.SeekStart)
	if err == nil {
		var said []byte
		said, err = io.ReadAll(file)
		_, unsaid := io.WriteString(to, text.Clean(string(said)))
		err = errors.Join(err, unsaid)
	}
	if err != nil {
		return fmt.Errorf("show what was said meanwhile: %w", err)
	}
	return nil
}
