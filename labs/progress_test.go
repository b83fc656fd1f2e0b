package labs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// openProgress opens the progress in a folder, with a clock that stands still.
func openProgress(t *testing.T, dir string, now time.Time) (*Progress, string) {
	t.Helper()
	p, notice, err := OpenProgress(dir)
	if err != nil {
		t.Fatal(err)
	}
	p.now = func() time.Time { return now }
	return p, notice
}

func TestProgress(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there")
	first, second := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), time.Date(2026, 2, 2, 3, 4, 5, 0, time.UTC)
	p, notice := openProgress(t, dir, first)
	if diff := cmp.Diff(LabProgress{}, p.Lab("simulated", "01-a")); diff != "" || notice != "" {
		t.Errorf("%s, notice %q", diff, notice)
	}
	save := func(p *Progress, cluster, lab, step string, done ...string) {
		t.Helper()
		if err := p.Save(cluster, lab, step, done); err != nil {
			t.Fatal(err)
		}
	}
	save(p, "simulated", "01-a", "two", "one")
	save(p, "simulated", "02-b", "x")
	save(p, "eks", "01-a", "one")
	later, _ := openProgress(t, dir, second)
	save(later, "simulated", "01-a", "three", "one", "two")
	for _, p := range []*Progress{later, reopened(t, dir)} {
		want := LabProgress{Step: "three", Done: map[string]time.Time{"one": first, "two": second}, Begun: first, At: second}
		if diff := cmp.Diff(want, p.Lab("simulated", "01-a")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff("x", p.Lab("simulated", "02-b").Step); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff("one", p.Lab("eks", "01-a").Step); diff != "" {
			t.Error(diff)
		}
	}
	save(later, "simulated", "01-a", "")
	if diff := cmp.Diff(LabProgress{}, reopened(t, dir).Lab("simulated", "01-a")); diff != "" {
		t.Error(diff)
	}
}

// TestNote sums up what steps took, keeps it when the place is saved, and knows where the learner was last.
func TestNote(t *testing.T) {
	dir := t.TempDir()
	p, _ := openProgress(t, dir, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	yes, no := true, false
	for _, more := range []StepProgress{
		{Right: &no}, {Tries: 1, Hints: 2, Mistakes: 1}, {Tries: 1, Hints: 1}, {Tries: 1, Solved: true}, {Right: &yes},
	} {
		if err := p.Note("eks", "01-a", "one", more); err != nil {
			t.Fatal(err)
		}
	}
	p.now = func() time.Time { return time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC) }
	if err := p.Save("eks", "01-a", "two", []string{"one"}); err != nil {
		t.Fatal(err)
	}
	p.now = func() time.Time { return time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC) }
	if err := p.Save("simulated", "02-b", "x", nil); err != nil {
		t.Fatal(err)
	}
	again := reopened(t, dir)
	want := map[string]StepProgress{"one": {Tries: 3, Hints: 2, Mistakes: 1, Solved: true, Right: &no}}
	if diff := cmp.Diff(want, again.Lab("eks", "01-a").Steps); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"eks", "simulated"}, again.Clusters()); diff != "" {
		t.Error(diff)
	}
	for lab, want := range map[string]string{"": "eks 01-a true", "01-a": "eks 01-a true", "02-b": "simulated 02-b true", "03": "  false"} {
		cluster, at, found := again.Latest(lab)
		if got := fmt.Sprint(cluster, " ", at, " ", found); got != want {
			t.Errorf("latest of %q: %s, want %s", lab, got, want)
		}
	}
	if err := p.Save("eks", "03-c", "y", nil); err != nil {
		t.Fatal(err)
	}
	if err := again.Reload(); err != nil || again.Lab("eks", "03-c").Step != "y" {
		t.Errorf("reloaded %+v, error %v", again.Lab("eks", "03-c"), err)
	}
}

// TestOldProgress: a file that an older program wrote is read, and goes on.
func TestOldProgress(t *testing.T) {
	dir := t.TempDir()
	const old = `{"version": 1, "clusters": {"simulated": {"01-a": {"step": "two", "done": {"one": "2026-01-02T03:04:05Z"}}}}}`
	if err := os.WriteFile(filepath.Join(dir, progressFile), []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC)
	p, notice := openProgress(t, dir, now)
	if err := p.Save("simulated", "01-a", "three", []string{"one"}); err != nil || notice != "" {
		t.Fatal(err, notice)
	}
	want := LabProgress{Step: "three", Done: map[string]time.Time{"one": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}, At: now}
	if diff := cmp.Diff(want, reopened(t, dir).Lab("simulated", "01-a")); diff != "" {
		t.Error(diff)
	}
}

func reopened(t *testing.T, dir string) *Progress {
	t.Helper()
	p, _ := openProgress(t, dir, time.Time{})
	return p
}

// TestLabIsACopy: a caller may do with it what it likes.
func TestLabIsACopy(t *testing.T) {
	p, _ := openProgress(t, t.TempDir(), time.Now())
	if err := p.Save("c", "l", "s", []string{"s"}); err != nil {
		t.Fatal(err)
	}
	delete(p.Lab("c", "l").Done, "s")
	if len(p.Lab("c", "l").Done) != 1 {
		t.Error("a change of the copy changed what is kept")
	}
}

func TestDamagedProgress(t *testing.T) {
	for name, text := range map[string]string{
		"cut off":       `{"version": 1, "clus`,
		"empty":         ``,
		"other type":    `[]`,
		"zeros":         "\x00\x00\x00",
		"other version": `{"version": 99}`,
		"no version":    `{}`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, progressFile), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			p, notice := openProgress(t, dir, time.Now())
			aside, err := filepath.Glob(filepath.Join(dir, progressFile+".damaged-*"))
			if err != nil || len(aside) != 1 || !strings.Contains(notice, aside[0]) {
				t.Fatalf("set aside %q, notice %q, error %v", aside, notice, err)
			}
			if kept, err := os.ReadFile(aside[0]); err != nil || string(kept) != text {
				t.Errorf("what was set aside is %q, error %v", kept, err)
			}
			if err := p.Save("c", "l", "s", nil); err != nil {
				t.Error(err)
			}
			if got := reopened(t, dir).Lab("c", "l").Step; got != "s" {
				t.Errorf("step %q after starting afresh", got)
			}
		})
	}
}

func TestProgressCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, progressFile), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := OpenProgress(dir); err == nil || !strings.HasPrefix(err.Error(), "read progress: ") {
		t.Errorf("error %v", err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p := &Progress{dir: filepath.Join(file, "below"), now: time.Now}
	if err := p.Save("c", "l", "s", nil); err == nil || !strings.HasPrefix(err.Error(), "make data folder: ") {
		t.Errorf("error %v", err)
	}
}

// TestConcurrentSaves: programs that save at the same time each keep what they saved.
func TestConcurrentSaves(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			p, _, err := OpenProgress(dir)
			for j := 0; j < 5 && err == nil; j++ {
				err = p.Save("c", fmt.Sprintf("lab-%d", i), fmt.Sprintf("step-%d", j), []string{"a"})
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	p, notice := openProgress(t, dir, time.Now())
	for i := range 8 {
		if got := p.Lab("c", fmt.Sprintf("lab-%d", i)).Step; got != "step-4" {
			t.Errorf("lab %d is at %q", i, got)
		}
	}
	if notice != "" {
		t.Error(notice)
	}
}

func TestDataDir(t *testing.T) {
	t.Setenv(dataDirVariable, "/data")
	if got := DataDir(); got != "/data" {
		t.Errorf("folder %s", got)
	}
	t.Setenv(dataDirVariable, "")
	if got := DataDir(); filepath.Base(got) != "podsec" || !filepath.IsAbs(got) {
		t.Errorf("folder %s", got)
	}
}
