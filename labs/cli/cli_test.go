package cli

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"k8s.io/client-go/rest"

	"podsec/labs"
)

var update = flag.Bool("update", false, "write the results into the golden files")

const fence = "```"

const labA = `---
title: First & foremost
summary: A lab.
minutes: 5
---

Intro.

## Read

Text.

## Works {#works}

Text.

` + fence + `step
run: |
  say hello
  say again
checks: [exit: 0]
hints: [h]
` + fence + `

## Old way {#old-way}

Text.

` + fence + `step
edition: "2023"
run: deny
checks:
  - exit: nonzero
  - denied: {policy: require-labels, rule: check-team}
hints: [h]
` + fence + `
`

const labB = `---
title: Second
summary: Another.
minutes: 7
---

Intro.

## Fails

Text.

` + fence + `step
run: fail
checks:
  - exit: 0
  - denied: {policy: p}
hints: [h]
` + fence + `
`

func twoLabs() fstest.MapFS {
	return fstest.MapFS{"01-first/lab.md": {Data: []byte(labA)}, "02-second-one/lab.md": {Data: []byte(labB)}}
}

// quietCluster is a cluster that nobody asks anything.
type quietCluster struct{ fail error }

func (quietCluster) Name() string                                     { return "quiet" }
func (quietCluster) Config() *rest.Config                             { return &rest.Config{Host: "https://127.0.0.1:1"} }
func (quietCluster) Kubeconfig() string                               { return "" }
func (c quietCluster) Reset(_ context.Context, _ labs.Baseline) error { return c.fail }

// sayings is a shell that knows a few commands. It notes what it ran.
type sayings struct {
	ran    []string
	cancel func()
}

// Run answers as the commands of the test labs do.
func (s *sayings) Run(ctx context.Context, dir, line string, _ []string, stdout, _ io.Writer) (int, error) {
	s.ran = append(s.ran, line)
	switch {
	case strings.HasPrefix(line, "say"):
		_, _ = io.WriteString(stdout, "hello\nagain")
		return 0, nil
	case line == "deny":
		_, _ = io.WriteString(stdout, "Error from server: admission webhook \"validate.kyverno.svc-fail\" denied the request: \n\n"+
			"resource Pod/default/x was blocked due to the following policies \n\nrequire-labels:\n  check-team: 'no label'\n\x1b[1mbold\n")
		return 1, nil
	case strings.HasPrefix(line, "check "):
		text, err := os.ReadFile(filepath.Join(dir, strings.TrimPrefix(line, "check ")))
		_, _ = io.WriteString(stdout, "it says "+string(text))
		if err != nil || !strings.Contains(string(text), "good") {
			return 1, nil
		}
		return 0, nil
	case s.cancel != nil:
		s.cancel()
		return 130, ctx.Err()
	}
	return 3, nil
}

// stage is what a test of the commands needs.
type stage struct {
	options Options
	shell   *sayings
	ended   int
}

func newStage(files fstest.MapFS, cluster quietCluster) *stage {
	s := &stage{shell: &sayings{}}
	s.options = Options{
		Labs: files,
		Cluster: func(context.Context) (labs.Cluster, func() error, error) {
			return cluster, func() error { s.ended++; return nil }, nil
		},
		Shell: func(labs.Cluster) labs.Runner { return s.shell },
	}
	return s
}

// execute runs a command line as main does.
func (s *stage) execute(ctx context.Context, args ...string) (stdout, stderr string, err error) {
	root := &cobra.Command{Use: "podsec", SilenceErrors: true}
	root.AddCommand(Commands(s.options)...)
	var out, errs bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&errs)
	root.SetArgs(args)
	err = root.ExecuteContext(ctx)
	return out.String(), errs.String(), err
}

// durations differ from run to run.
var durations = regexp.MustCompile(`("milliseconds": |time=")[0-9.]+`)

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = durations.ReplaceAllString(got, "${1}0")
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
}

func TestLabsCommand(t *testing.T) {
	for name, args := range map[string][]string{"labs.txt": {"labs"}, "labs.json": {"labs", "-o", "json"}} {
		out, _, err := newStage(twoLabs(), quietCluster{}).execute(t.Context(), args...)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, out)
	}
}

func TestRunCommand(t *testing.T) {
	tests := map[string]struct {
		args []string
		want string // of the error
		ran  []string
	}{
		"all.txt":     {args: []string{"--all"}, want: "run labs: 1 of 4 steps failed", ran: []string{"say hello\nsay again", "deny", "fail"}},
		"all.json":    {args: []string{"--all", "--output", "json"}, want: "run labs: 1 of 4 steps failed", ran: []string{"say hello\nsay again", "deny", "fail"}},
		"one.txt":     {args: []string{"01-first"}, ran: []string{"say hello\nsay again", "deny"}},
		"from.txt":    {args: []string{"1", "--from", "old-way"}, ran: []string{"say hello\nsay again", "deny"}},
		"number.txt":  {args: []string{"first", "--from", "3"}, ran: []string{"say hello\nsay again", "deny"}},
		"reverse.txt": {args: []string{"second-one", "first"}, want: "run labs: 1 of 4 steps failed", ran: []string{"fail", "say hello\nsay again", "deny"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStage(twoLabs(), quietCluster{})
			out, errs, err := s.execute(t.Context(), append([]string{"run"}, tt.args...)...)
			if got := text(err); got != tt.want || errs != "" {
				t.Errorf("error %q, want %q; printed to stderr: %q", got, tt.want, errs)
			}
			if diff := cmp.Diff(tt.ran, s.shell.ran); diff != "" || s.ended != 1 {
				t.Errorf("the cluster was ended %d times; %s", s.ended, diff)
			}
			golden(t, name, out)
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestRunFiles(t *testing.T) {
	dir := t.TempDir()
	report := filepath.Join(dir, "report.xml")
	_, _, err := newStage(twoLabs(), quietCluster{}).execute(t.Context(),
		"run", "--all", "--transcript", filepath.Join(dir, "new", "out"), "--junit", report)
	if err == nil {
		t.Error("a failed step gives no error")
	}
	for name, file := range map[string]string{
		"transcript-1.txt": filepath.Join(dir, "new", "out", "01-first.txt"),
		"transcript-2.txt": filepath.Join(dir, "new", "out", "02-second-one.txt"),
		"junit.xml":        report,
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, string(text))
	}
}

// TestRunLabFails: a lab that cannot start is reported, and the next one is tried.
func TestRunLabFails(t *testing.T) {
	dir := t.TempDir()
	s := newStage(twoLabs(), quietCluster{fail: errors.New("no room")})
	out, _, err := s.execute(t.Context(), "run", "--all", "--junit", filepath.Join(dir, "j.xml"))
	if got := text(err); got != "run labs: 2 of 2 steps failed" {
		t.Errorf("error %q", got)
	}
	golden(t, "lab-fails.txt", out)
	report, err := os.ReadFile(filepath.Join(dir, "j.xml"))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "lab-fails.xml", string(report))
}

// TestRunInterrupted ends the cluster and still writes what there is.
func TestRunInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := newStage(twoLabs(), quietCluster{})
	s.shell.cancel = cancel
	dir := t.TempDir()
	_, _, err := s.execute(ctx, "run", "second-one", "first", "--transcript", dir)
	if !errors.Is(err, context.Canceled) || s.ended != 1 || len(s.shell.ran) != 1 {
		t.Errorf("error %v, ended %d, ran %q", err, s.ended, s.shell.ran)
	}
	if _, err := os.Stat(filepath.Join(dir, "02-second-one.txt")); err != nil {
		t.Error(err)
	}
}

func TestRunMistakes(t *testing.T) {
	noCluster := newStage(twoLabs(), quietCluster{})
	noCluster.options.Cluster = func(context.Context) (labs.Cluster, func() error, error) {
		return nil, nil, errors.New("port in use")
	}
	broken := twoLabs()
	broken["03-c/lab.md"] = &fstest.MapFile{Data: []byte("x")}
	tests := map[string]struct {
		stage *stage
		args  []string
		want  string
	}{
		"nothing":      {args: []string{"run"}, want: "name labs, or use --all"},
		"both":         {args: []string{"run", "1", "--all"}, want: "name labs, or use --all"},
		"from of many": {args: []string{"run", "1", "2", "--from", "x"}, want: "--from goes with one lab"},
		"unknown lab":  {args: []string{"run", "9"}, want: `find lab "9": there is none; see podsec labs`},
		"unknown step": {args: []string{"run", "1", "--from", "4"}, want: `find step "4": 01-first has none; see podsec labs --output json`},
		"output":       {args: []string{"run", "1", "-o", "xml"}, want: `read flag --output: "xml" is not one of text, json`},
		"labs output":  {args: []string{"labs", "-o", "xml"}, want: `read flag --output: "xml" is not one of table, json`},
		"no cluster":   {stage: noCluster, args: []string{"run", "1"}, want: "start cluster: port in use"},
		"broken lab":   {stage: newStage(broken, quietCluster{}), args: []string{"run", "1"}, want: "read labs: 03-c/lab.md:1:1: the front matter is missing"},
		"no folder":    {args: []string{"lint", "/no/such/folder"}, want: "read labs: stat /no/such/folder: no such file or directory"},
		"junit":        {args: []string{"run", "1", "--junit", "/no/such/folder/x"}, want: "write JUnit report: open /no/such/folder/x: no such file or directory"},
		"transcript":   {args: []string{"run", "1", "--transcript", "/dev/null/x"}, want: "make folder of transcripts: mkdir /dev/null: not a directory"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.stage == nil {
				tt.stage = newStage(twoLabs(), quietCluster{})
			}
			_, _, err := tt.stage.execute(t.Context(), tt.args...)
			if !strings.HasPrefix(text(err), tt.want) || err == nil {
				t.Errorf("error %q, want %q", text(err), tt.want)
			}
		})
	}
}

func TestLintCommand(t *testing.T) {
	dir := t.TempDir()
	long := strings.Repeat("x", 60)
	for name, content := range map[string]string{
		"01-first/lab.md":  labA,
		"02-second/lab.md": strings.Replace(labB, "\nIntro.", "\nIntro "+long+" [first](../01-first/lab.md#works).", 1),
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.NewReplacer("say", "echo", "run: fail", "run: kubectl get pods", "run: deny", "run: kubectl").Replace(content)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := newStage(nil, quietCluster{})
	for _, args := range [][]string{{dir}, {filepath.Join(dir, "02-second")}} {
		out, _, err := s.execute(t.Context(), append([]string{"lint"}, args...)...)
		if err != nil || !strings.HasPrefix(out, filepath.Join(dir, "02-second", "lab.md")+":7: warning: the word") {
			t.Errorf("printed %q, error %v", out, err)
		}
	}
	if _, _, err := s.execute(t.Context(), "lint", "--strict", dir); text(err) != "lint "+dir+": 1 problem" {
		t.Errorf("strict: error %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "01-first", "stray.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, _, err := s.execute(t.Context(), "lint", filepath.Join(dir, "02-second")); err != nil {
		t.Errorf("a neighbour's problem counts: %s", out)
	}
	out, _, err := s.execute(t.Context(), "lint", dir)
	if err == nil || !strings.Contains(out, filepath.Join(dir, "01-first", "stray.txt")+": no step uses the file") {
		t.Errorf("printed %q, error %v", out, err)
	}
}

func TestCompletion(t *testing.T) {
	out, _, err := newStage(twoLabs(), quietCluster{}).execute(t.Context(), "__complete", "run", "2", "")
	if err != nil || !strings.HasPrefix(out, "01-first\tFirst & foremost\n:4\n") {
		t.Errorf("offers %q, error %v", out, err)
	}
}

// TestHelp: every command has examples, and they name the program.
func TestHelp(t *testing.T) {
	for _, cmd := range Commands(Options{}) {
		if cmd.Short == "" || cmd.Long == "" || !strings.HasPrefix(cmd.Example, "  podsec "+cmd.Name()) {
			t.Errorf("%s: short %q, example %q", cmd.Name(), cmd.Short, cmd.Example)
		}
	}
}
