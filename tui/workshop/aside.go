package workshop

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// aside runs the app with what others write to the standard error kept off its screen: programs that get credentials for a
// cluster say there why they cannot, and client-go says so again, each time that they are asked. It is shown after the app
// if that fails.
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

// show copies a file, from its beginning.
func show(to io.Writer, file *os.File) error {
	_, err := file.Seek(0, io.SeekStart)
	if err == nil {
		_, err = io.Copy(to, file)
	}
	if err != nil {
		return fmt.Errorf("show what was said meanwhile: %w", err)
	}
	return nil
}
