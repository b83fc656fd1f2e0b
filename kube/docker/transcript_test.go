package docker_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"

	"podsec/kube/awscli"
	"podsec/kube/docker"
	"podsec/kube/process"
	"podsec/kube/sim/aws"
)

var update = flag.Bool("update", false, "write what commands print now into the transcripts")

// setUp serves a simulated account with the images of the labs, and points the environment at it and at empty folders.
func setUp(t *testing.T) *aws.Account {
	t.Helper()
	account := aws.New(aws.Options{})
	images, err := aws.LabImages()
	if err != nil {
		t.Fatal(err)
	}
	if err := account.Seed(images...); err != nil {
		t.Fatal(err)
	}
	endpoints, err := account.Serve(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	private := t.TempDir()
	for _, entry := range append(endpoints.Environment,
		"DOCKER_CONFIG="+filepath.Join(private, "docker"), docker.RootVariable+"="+filepath.Join(private, "images"),
		"AWS_CONFIG_FILE="+private+"/none", "AWS_SHARED_CREDENTIALS_FILE="+private+"/none",
	) {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
	return account
}

// run runs a line of shell in which aws and docker are this program's, and returns what it printed.
func run(t *testing.T, line string) string {
	t.Helper()
	program, err := syntax.NewParser().Parse(strings.NewReader(line), "")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	handler := func(interp.ExecHandlerFunc) interp.ExecHandlerFunc {
		return func(ctx context.Context, args []string) error {
			hc, status := interp.HandlerCtx(ctx), 127
			std, given := process.Own(), process.IO{Env: os.Environ()}
			if args[0] == "docker" && docker.Inside(args[1:], given) || args[0] == "aws" && awscli.Inside(args[1:], given) {
				std = given
			}
			std.In, std.Out, std.Err = hc.Stdin, hc.Stdout, hc.Stderr
			switch args[0] {
			case "aws":
				status = awscli.Main(ctx, args[1:], std)
			case "docker":
				status = docker.Main(ctx, args[1:], std)
			}
			if status != 0 {
				return interp.ExitStatus(uint8(status))
			}
			return nil
		}
	}
	shell, err := interp.New(interp.StdIO(nil, &out, &out), interp.ExecHandlers(handler))
	if err != nil {
		t.Fatal(err)
	}
	if err := shell.Run(t.Context(), program); err != nil {
		out.WriteString("[" + err.Error() + "]\n")
	}
	return strings.ReplaceAll(out.String(), os.Getenv("DOCKER_CONFIG"), "$DOCKER_CONFIG")
}

// changing is what is different each time: how long ago images were made.
var changing = regexp.MustCompile(`\d+ (?:days|weeks|months|years) ago *`)

// TestTranscripts runs the lines of testdata/*.txt ("$ docker …") and compares what they print.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			setUp(t)
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for line := range strings.Lines(string(want)) {
				switch {
				case strings.HasPrefix(line, "# "):
					got.WriteString(line)
				case strings.HasPrefix(line, "$ "):
					got.WriteString(line + changing.ReplaceAllString(run(t, strings.TrimPrefix(line, "$ ")), "N ago "))
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
