package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"podsec/labs"
)

// learned is a stage whose learner did something.
func learned(t *testing.T) *stage {
	t.Helper()
	s := newStage(threeLabs(), quietCluster{})
	s.options.Data = t.TempDir()
	s.options.Now = func() time.Time { return time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC) }
	const progress = `{"version": 1, "clusters": {
  "simulated": {
    "01-first": {"step": "works", "begun": "2026-01-02T03:00:00Z", "at": "2026-01-02T04:05:00Z",
      "done": {"read": "2026-01-02T03:04:05Z", "works": "2026-01-02T04:05:00Z"},
      "steps": {"works": {"tries": 2, "hints": 1}, "old-way": {"tries": 1}}},
    "03-kinds": {"step": "roam", "done": {"guess": "2026-01-03T03:04:05Z"}, "at": "2026-01-03T03:04:05Z",
      "steps": {"guess": {"tries": 1, "right": true}, "repair": {"tries": 3, "hints": 2, "mistakes": 2, "solved": true}, "gone": {"tries": 9}}},
    "09-gone": {"step": "x"}
  },
  "my|cluster": {"01-first": {"step": "read"}},
  "untouched": {}
}}`
	if err := os.WriteFile(filepath.Join(s.options.Data, "progress.json"), []byte(progress), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReport(t *testing.T) {
	for name, args := range map[string][]string{
		"report.md": {}, "report.json": {"--output", "json", "--name", "Ada"}, "report.html": {"--output", "html", "--name", "Ada <Lovelace>"},
	} {
		out, _, err := learned(t).execute(t.Context(), append([]string{"report"}, args...)...)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, out)
	}
	s := learned(t)
	file := filepath.Join(t.TempDir(), "r.md")
	if out, _, err := s.execute(t.Context(), "report", "-o", file); out != "" || err != nil {
		t.Fatalf("printed %q, error %v", out, err)
	}
	if text, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(text), "# Managing") {
		t.Errorf("wrote %q, error %v", text, err)
	}
}

// TestReportOfNothing, and what is wrong with a command line or the file.
func TestReportOfNothing(t *testing.T) {
	s := newStage(threeLabs(), quietCluster{})
	s.options.Data = t.TempDir()
	if out, _, err := s.execute(t.Context(), "report"); !strings.Contains(out, "No lab has been begun yet") || err != nil {
		t.Errorf("printed %q, error %v", out, err)
	}
	if _, _, err := s.execute(t.Context(), "report", "--output", "pdf"); text(err) != `read flag --output: "pdf" is not one of md, html, json` {
		t.Errorf("error %v", err)
	}
	if err := os.WriteFile(filepath.Join(s.options.Data, "progress.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, err := s.execute(t.Context(), "report"); !strings.Contains(errs, "was set aside as") || err != nil {
		t.Errorf("said %q, error %v", errs, err)
	}
}

// screen is a place to print that can be read meanwhile.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write prints.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// waitFor waits until something has been printed, and forgets it.
func (s *screen) waitFor(t *testing.T, want string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		s.mu.Lock()
		got := s.text.String()
		if strings.Contains(got, want) {
			s.text.Reset()
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
	}
	t.Fatalf("%q did not come", want)
}

// TestNotes follows the app from step to step and from lab to lab, and a presentation before it.
func TestNotes(t *testing.T) {
	list, err := labs.Load(threeLabs())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	app, _, err := labs.OpenProgress(dir)
	if err != nil {
		t.Fatal(err)
	}
	seen, _, err := labs.OpenProgress(dir)
	if err != nil {
		t.Fatal(err)
	}
	stage, _, err := labs.OpenProgress(labs.PresentingDir(dir))
	if err != nil {
		t.Fatal(err)
	}
	shown, _, err := labs.OpenProgress(labs.PresentingDir(dir))
	if err != nil {
		t.Fatal(err)
	}
	var out screen
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	n := notes{labs: list, progress: []*labs.Progress{shown, seen}, out: &out}
	go func() { done <- n.follow(ctx) }()
	save := func(lab, step string, where ...*labs.Progress) {
		t.Helper()
		if err := append(where, app)[0].Save("simulated", lab, step, []string{"x"}); err != nil {
			t.Fatal(err)
		}
	}
	out.waitFor(t, "Waiting for a lab to be opened")
	save("03-kinds", "guess")
	out.waitFor(t, "# Guess\n\nOf every kind, step 1 of 4. Planned: 1:30, from 0:00 of 9:00 on.\n\nGive them a *minute*.\n\nThe right answer: hello\n\n**Next:** Repair\n")
	save("03-kinds", "remember")
	out.waitFor(t, "# Remember\n\nOf every kind, step 4 of 4. Planned: 0:45, from 8:15 of 9:00 on.\n\n*There are no notes for this step.*\n\n**This is the last step.**\n")
	save("03-kinds", "renamed since")
	out.waitFor(t, "# Guess\n")
	save("03-kinds", "repair", stage)
	out.waitFor(t, "# Repair\n")
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestNotesCommand ends well when it is interrupted.
func TestNotesCommand(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if out, _, err := learned(t).execute(ctx, "notes"); err != nil || !strings.HasPrefix(out, "# Roam\n") {
		t.Errorf("printed %q, error %v", out, err)
	}
	if out, _, err := learned(t).execute(ctx, "notes", "1"); err != nil || !strings.HasPrefix(out, "# Works\n") {
		t.Errorf("printed %q, error %v", out, err)
	}
	if _, _, err := learned(t).execute(ctx, "notes", "9"); err == nil {
		t.Error("a lab that is not there is followed")
	}
}
