// Package cast records the app: somebody who is not there works through a lab by keys, on a virtual terminal, and what
// the app draws is written as an asciicast, which asciinema plays.
package cast

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
	"unicode/utf8"

	"podsec/tui/virtual"
)

// idle is how long a player shows at most in which nothing changes, in seconds.
const idle = 3

// Recorder is a terminal that writes down what is drawn on it, in the format asciicast v2. It is safe for concurrent
// use.
type Recorder struct {
	*virtual.Terminal
	now   func() time.Time
	start time.Time

	mu   sync.Mutex
	out  *json.Encoder
	rest []byte // the beginning of a character whose end has not been drawn yet
	err  error
}

// header is the first line of an asciicast.
type header struct {
	Version   int               `json:"version"`
	Width     int               `json:"width"`
	Height    int               `json:"height"`
	Timestamp int64             `json:"timestamp"`
	Idle      float64           `json:"idle_time_limit"`
	Title     string            `json:"title,omitempty"`
	Env       map[string]string `json:"env"`
}

// NewRecorder returns an empty terminal of a size in cells, which is to be closed, and writes the head of its record. now
// is the clock.
func NewRecorder(out io.Writer, width, height int, title string, now func() time.Time) (*Recorder, error) {
	r := &Recorder{Terminal: virtual.NewTerminal(width, height), now: now, start: now(), out: json.NewEncoder(out)}
	r.out.SetEscapeHTML(false)
	err := r.out.Encode(header{
		Version: 2, Width: width, Height: height, Timestamp: r.start.Unix(), Idle: idle, Title: title,
		Env: map[string]string{"TERM": "xterm-256color", "SHELL": "/bin/sh"},
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write record: %w", err), r.Close())
	}
	return r, nil
}

// Write draws what the program writes, and writes it down.
func (r *Recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := append(r.rest, bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n"))...)
	whole := wholeCharacters(text)
	r.rest = bytes.Clone(text[whole:])
	if whole > 0 && r.err == nil {
		r.err = r.out.Encode([]any{r.now().Sub(r.start).Seconds(), "o", string(text[:whole])})
	}
	return r.Terminal.Write(p)
}

// Err is the first error of writing the record.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return fmt.Errorf("write record: %w", r.err)
	}
	return nil
}

// wholeCharacters is how many bytes of a text are before a character that is not complete.
func wholeCharacters(text []byte) int {
	for back := 1; back < utf8.UTFMax && back <= len(text); back++ {
		if at := len(text) - back; utf8.RuneStart(text[at]) {
			if !utf8.FullRune(text[at:]) {
				return at
			}
			break
		}
	}
	return len(text)
}
