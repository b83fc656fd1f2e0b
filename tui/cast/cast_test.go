package cast

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"podsec/labs"
)

// TestRecorder writes what is drawn, with its time, in whole characters.
func TestRecorder(t *testing.T) {
	now := time.Unix(1000, 0)
	var out bytes.Buffer
	r, err := NewRecorder(&out, 20, 3, "A <lab>", func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, text := range []string{"a\nb", "\xe2\x9c", "", "\x93 done", "\xff"} {
		now = now.Add(500 * time.Millisecond)
		if n, err := r.Write([]byte(text)); n != len(text) || err != nil {
			t.Fatalf("wrote %d, %v", n, err)
		}
	}
	want := `{"version":2,"width":20,"height":3,"timestamp":1000,"idle_time_limit":3,"title":"A <lab>","env":{"SHELL":"/bin/sh","TERM":"xterm-256color"}}
[0.5,"o","a\r\nb"]
[2,"o","✓ done"]
[2.5,"o","\ufffd"]
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	for line := range strings.Lines(out.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
	if !strings.HasPrefix(r.Screen(), "a\n") || r.Err() != nil {
		t.Errorf("the screen shows %q, error %v", r.Screen(), r.Err())
	}
}

// full is a disk without room.
type full struct{ room int }

// Write takes as much as there is room for.
func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errors.New("no room")
	}
	return len(p), nil
}

func TestRecorderFails(t *testing.T) {
	if _, err := NewRecorder(&full{}, 20, 3, "", time.Now); err == nil || err.Error() != "write record: no room" {
		t.Errorf("error %v", err)
	}
	r, err := NewRecorder(&full{room: 200}, 20, 3, "", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for range 2 {
		if _, err := r.Write([]byte(strings.Repeat("x", 200))); err != nil {
			t.Errorf("the app is told: %v", err)
		}
	}
	if err := r.Err(); err == nil || err.Error() != "write record: no room" {
		t.Errorf("error %v", err)
	}
}

// app is an app that shows a text after some keys.
type app struct {
	mu     sync.Mutex
	typed  string
	screen map[string]string // by the keys that were typed so far
}

// Type takes keys.
func (a *app) Type(keys string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.typed += keys
}

// Screen is what the keys gave.
func (a *app) Screen() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.screen[a.typed]
}

func kinds() *labs.Lab {
	return &labs.Lab{Steps: []labs.Step{
		{ID: "read", Kind: labs.Read},
		{ID: "run", Kind: labs.Run},
		{ID: "ask", Kind: labs.Predict, Question: &labs.Question{Choices: []labs.Choice{{}, {Right: true}}}},
		{ID: "edit", Kind: labs.Edit, Hints: []string{"one"}},
	}}
}

func TestDriver(t *testing.T) {
	a := &app{screen: map[string]string{
		"": "1/4", "n": "2/4", "nr": "✓ done", "nrn": "3/4", "nrn2": "enter run", "nrn2\r": "✓ done",
		"nrn2\rn": "4/4", "nrn2\rnhha": "Apply the solution?", "nrn2\rnhha\r": "✓ done",
	}}
	if err := (Driver{Terminal: a}).Work(t.Context(), kinds()); err != nil {
		t.Fatal(err)
	}
	if a.typed != "nrn2\rnhha\rn" {
		t.Errorf("typed %q", a.typed)
	}
}

// TestDriverGivesUp says what did not come; an end of the context ends it at once.
func TestDriverGivesUp(t *testing.T) {
	for want, screen := range map[string]map[string]string{
		"the step read did not come to the screen":                {"": "1/4 preparing the lab"},
		`do step run: "✓ done" did not come to the screen`:        {"": "1/4", "n": "2/4"},
		`answer step ask: "enter run" did not come to the screen`: {"": "1/4", "n": "2/4", "nr": "✓ done", "nrn": "3/4"},
		`solve step edit: "Apply the solution?" did not come to the screen`: {
			"": "1/4", "n": "2/4", "nr": "✓ done", "nrn": "3/4", "nrn2": "enter run", "nrn2\r": "✓ done", "nrn2\rn": "4/4",
		},
	} {
		err := (Driver{Terminal: &app{screen: screen}, Patience: 30 * time.Millisecond}).Work(t.Context(), kinds())
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (Driver{Terminal: &app{}}).Work(ctx, kinds()); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
