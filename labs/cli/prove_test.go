package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const labToProve = `---
title: First
summary: A lab.
minutes: 5
---

Intro.

## Works

Text.

` + fence + `step
run: cat a.yaml
checks: [exit: 3]
hints: [h]
` + fence + `

## Does not

Text.

` + fence + `step
run: cat a.yaml
checks: [exit: 0]
hints: [h]
` + fence + `
`

// writeLab writes a lab into a new folder of labs.
func writeLab(t *testing.T, id, text string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, id), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"lab.md": text, "a.yaml": "a: b\n"} {
		if err := os.WriteFile(filepath.Join(dir, id, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestLintProve works through labs, all of a folder or one, and says where they go otherwise.
func TestLintProve(t *testing.T) {
	dir := writeLab(t, "01-first", labToProve)
	want := filepath.Join(dir, "01-first", "lab.md") +
		":19: the step \"does-not\": its solution does not do: the command succeeds: the command ended with exit status 3\n"
	for _, arg := range []string{dir, filepath.Join(dir, "01-first")} {
		s := newStage(nil, quietCluster{})
		out, _, err := s.execute(t.Context(), "lint", "--prove", arg)
		if out != want || text(err) != "lint "+arg+": 1 problem" || s.ended != 1 {
			t.Errorf("printed %q, error %v, the cluster was ended %d times", out, err, s.ended)
		}
		if out, _, err := s.execute(t.Context(), "lint", arg); out != "" || err != nil {
			t.Errorf("without --prove: printed %q, error %v", out, err)
		}
	}
	right := writeLab(t, "01-first", strings.Replace(labToProve, "exit: 0", "exit: nonzero", 1))
	s := newStage(nil, quietCluster{})
	if out, _, err := s.execute(t.Context(), "lint", "--prove", right); out != "" || err != nil {
		t.Errorf("printed %q, error %v", out, err)
	}
	wrong := writeLab(t, "01-first", strings.Replace(labToProve, "cat a.yaml", "cat b.yaml", 1))
	s = newStage(nil, quietCluster{})
	if _, _, err := s.execute(t.Context(), "lint", "--prove", wrong); err == nil || s.ended != 0 {
		t.Errorf("error %v, the cluster was ended %d times", err, s.ended)
	}
}

// TestProveEnds: a cluster that fails, and an interrupt, end the proof and the cluster.
func TestProveEnds(t *testing.T) {
	dir := writeLab(t, "01-first", labToProve)
	s := newStage(nil, quietCluster{fail: errors.New("no room")})
	if _, _, err := s.execute(t.Context(), "lint", "--prove", dir); text(err) != "work through 01-first: start lab: reset cluster: no room" || s.ended != 1 {
		t.Errorf("error %v, ended %d", err, s.ended)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s = newStage(nil, quietCluster{})
	s.shell.cancel = cancel
	if _, _, err := s.execute(ctx, "lint", "--prove", dir); !errors.Is(err, context.Canceled) || s.ended != 1 {
		t.Errorf("error %v, ended %d", err, s.ended)
	}
}
