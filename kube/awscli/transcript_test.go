package awscli_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"mvdan.cc/sh/v3/shell"

	"podsec/kube/awscli"
	"podsec/kube/process"
	"podsec/kube/sim/aws"
)

var update = flag.Bool("update", false, "write what commands print now into the transcripts")

// TestMain fixes the local zone, in which times are printed.
func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

// account serves a simulated account in which time and ids are always the same, and points the environment at it.
func account(t *testing.T) *aws.Account {
	t.Helper()
	ids, at := 0, time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	a := aws.New(aws.Options{
		Clock: func() time.Time { return at },
		NewID: func() string { ids++; return fmt.Sprintf("00000000-0000-4000-8000-%012d", ids) },
	})
	index, err := aws.BuildImage("a shop")
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Seed(aws.LabImage{Name: a.RegistryHost() + "/team/shop:v1", Index: index}); err != nil {
		t.Fatal(err)
	}
	endpoints, err := a.Serve(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	none := filepath.Join(t.TempDir(), "none")
	for _, entry := range append(endpoints.Environment, "AWS_CONFIG_FILE="+none, "AWS_SHARED_CREDENTIALS_FILE="+none, "AWS_DEFAULT_OUTPUT=", "AWS_PROFILE=") {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
	return a
}

// given is what a command gets: the environment, as a value where it can be.
func given(args []string, stdout, stderr io.Writer) process.IO {
	std := process.IO{Env: os.Environ()}
	if !awscli.Inside(args, std) {
		std = process.Own()
	}
	std.In, std.Out, std.Err = strings.NewReader(""), stdout, stderr
	return std
}

// run runs a command line and returns what it printed, and its status if that is not 0.
func run(t *testing.T, line string) string {
	t.Helper()
	args, err := shell.Fields(line, nil)
	if err != nil || args[0] != "aws" {
		t.Fatalf("%s: %v", line, err)
	}
	var out bytes.Buffer
	if status := awscli.Main(t.Context(), args[1:], given(args[1:], &out, &out)); status != 0 {
		fmt.Fprintf(&out, "[exit %d]\n", status)
	}
	return out.String()
}

// TestTranscripts runs the commands of testdata/*.txt ("$ aws …") and compares what they print.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			account(t)
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for line := range strings.Lines(string(want)) {
				if strings.HasPrefix(line, "$ ") {
					got.WriteString(line + run(t, strings.TrimPrefix(line, "$ ")))
				}
				if strings.HasPrefix(line, "# ") {
					got.WriteString(line)
				}
			}
			if *update {
				if err := os.WriteFile(file, []byte(got.String()), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
