// Package virtual is a terminal without a screen: a program draws on it, and it can be looked at and typed into. Tests
// and the pictures of the documentation are made with it.
package virtual

import (
	"bytes"
	"sync"

	"github.com/charmbracelet/x/vt"
)

// Terminal is a virtual terminal. It is safe for concurrent use.
type Terminal struct {
	mu       sync.Mutex // the emulator may be drawn on while it is looked at
	emulator *vt.Emulator
}

// NewTerminal returns an empty terminal of a size in cells.
func NewTerminal(width, height int) *Terminal {
	return &Terminal{emulator: vt.NewEmulator(width, height)}
}

// Write draws what the program writes. It counts on a line feed to return to the first column, as a terminal's driver
// makes it.
func (t *Terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, err := t.emulator.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n"))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Read is what the terminal sends: keys, and answers to what it was asked. It waits for something to send.
func (t *Terminal) Read(p []byte) (int, error) { return t.emulator.Read(p) }

// Type sends keys as a keyboard does.
func (t *Terminal) Type(keys string) { t.emulator.SendText(keys) }

// Screen returns the text on the screen, a line for a row.
func (t *Terminal) Screen() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.emulator.String()
}
