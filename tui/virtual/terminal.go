// Package virtual is a terminal without a screen: a program draws on it, and it can be looked at and typed into. Tests
// and the pictures of the documentation are made with it.
package virtual

import (
	"bytes"
	"io"
	"sync"

	"github.com/charmbracelet/x/vt"
)

// Terminal is a virtual terminal. It is safe for concurrent use.
type Terminal struct {
	mu       sync.Mutex // the emulator may be drawn on while it is looked at
	emulator *vt.Emulator
	keyboard *keyboard
}

// NewTerminal returns an empty terminal of a size in cells. It is to be closed.
func NewTerminal(width, height int) *Terminal {
	t := &Terminal{emulator: vt.NewEmulator(width, height), keyboard: newKeyboard()}
	go t.answer()
	return t
}

// answer sends what the emulator answers to programs that ask it something. The emulator waits for whoever reads its
// answers while it is drawn on, and the program may be the one who draws.
func (t *Terminal) answer() { _, _ = io.Copy(t.keyboard, struct{ io.Reader }{t.emulator}) } // neither fails

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

// Read is what the terminal sends: keys, and answers to what it was asked. It waits for something to send; once the
// terminal is closed there is nothing more.
func (t *Terminal) Read(p []byte) (int, error) { return t.keyboard.Read(p) }

// Type sends keys as a keyboard does. It does not wait for the program to read them.
func (t *Terminal) Type(keys string) { _, _ = io.WriteString(t.keyboard, keys) } // never fails

// Screen returns the text on the screen, a line for a row.
func (t *Terminal) Screen() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.emulator.String()
}

// Close ends what reads from the terminal. What is drawn on it later is still shown.
func (t *Terminal) Close() error {
	t.keyboard.close()
	if answers, ok := t.emulator.InputPipe().(io.Closer); ok {
		return answers.Close()
	}
	return nil
}
