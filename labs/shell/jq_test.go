package shell

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"podsec/kube/process"
)

func TestJQ(t *testing.T) {
	tests := map[string]struct {
		args   []string
		input  string
		status int
		out    string
		err    string
	}{
		"indents and sorts":      {args: []string{"."}, input: `{"b":[1,{}],"a":"x<y"}`, out: "{\n  \"a\": \"x<y\",\n  \"b\": [\n    1,\n    {}\n  ]\n}\n"},
		"no filter":              {input: `1`, out: "1\n"},
		"compact":                {args: []string{"-c", "."}, input: `{"b": [1, 2]}`, out: "{\"b\":[1,2]}\n"},
		"raw":                    {args: []string{"-r", ".[]"}, input: `["a","b"]`, out: "a\nb\n"},
		"raw, other values":      {args: []string{"-rc", ".[]"}, input: `["a",{"b":1}]`, out: "a\n{\"b\":1}\n"},
		"join":                   {args: []string{"-j", ".[]"}, input: `["a","b"]`, out: "ab"},
		"tab":                    {args: []string{"--tab", "."}, input: `[1]`, out: "[\n\t1\n]\n"},
		"indent":                 {args: []string{"--indent", "1", "."}, input: `[1]`, out: "[\n 1\n]\n"},
		"no indent is compact":   {args: []string{"--indent", "0", "."}, input: `[1]`, out: "[1]\n"},
		"several inputs":         {args: []string{".a"}, input: `{"a":1}{"a":2}`, out: "1\n2\n"},
		"slurp":                  {args: []string{"-sc", "."}, input: `1 2`, out: "[1,2]\n"},
		"null input":             {args: []string{"-n", "1+1"}, input: `broken`, out: "2\n"},
		"input function":         {args: []string{"-nc", "[inputs]"}, input: `1 2`, out: "[1,2]\n"},
		"raw input":              {args: []string{"-R", "."}, input: "a\nb", out: "\"a\"\n\"b\"\n"},
		"raw input, slurped":     {args: []string{"-Rs", "."}, input: "a\nb\n", out: "\"a\\nb\\n\"\n"},
		"string variable":        {args: []string{"--arg", "n", "x", ".[$n]"}, input: `{"x":3}`, out: "3\n"},
		"JSON variable":          {args: []string{"--argjson", "n", "[1]", "-nc", "$n, $ARGS.named"}, out: "[1]\n{\"n\":[1]}\n"},
		"file as text":           {args: []string{"-n", "--rawfile", "f", "f.json", "$f"}, out: "\"1 2\\n\"\n"},
		"file as values":         {args: []string{"-nc", "--slurpfile", "f", "f.json", "$f"}, out: "[1,2]\n"},
		"positional":             {args: []string{"-nc", "$ARGS.positional", "--args", "a", "b"}, out: "[\"a\",\"b\"]\n"},
		"positional JSON":        {args: []string{"-nc", "$ARGS.positional", "--jsonargs", "1", "null"}, out: "[1,null]\n"},
		"environment":            {args: []string{"-n", "env.LAB, $ENV.LAB"}, out: "\"x\"\n\"x\"\n"},
		"filter of a file":       {args: []string{"-f", "filter.jq", "f.json"}, out: "2\n3\n"},
		"files":                  {args: []string{".", "f.json"}, out: "1\n2\n"},
		"large integer":          {args: []string{"."}, input: `12345678901234567890123`, out: "12345678901234567890123\n"},
		"exit status, true":      {args: []string{"-e", "."}, input: `1`, out: "1\n"},
		"exit status, null":      {args: []string{"-e", "."}, input: `null`, out: "null\n", status: 1},
		"exit status, none":      {args: []string{"-e", "empty"}, input: `1`, status: 4},
		"halt":                   {args: []string{"1, halt, 2"}, input: `null`, out: "1\n"},
		"halt_error":             {args: []string{`"stop\n"|halt_error(3)`}, input: `null`, err: "stop\n", status: 3},
		"halt_error with object": {args: []string{`{a:1}|halt_error`}, input: `null`, err: "{\"a\":1}\n", status: 5},
		"error, then go on":      {args: []string{".a"}, input: `[] {"a":1}`, out: "1\n", err: "jq: error: expected an object but got: array ([])\n", status: 5},
		"broken input":           {args: []string{"."}, input: `{"a"`, err: "jq: error: (at <stdin>): unexpected EOF\n", status: 5},
		"no such file":           {args: []string{".", "none.json"}, err: "jq: error: could not open file none.json: no such file or directory\n", status: 5},
		"broken filter":          {args: []string{".a["}, input: `1`, err: "jq: error: unexpected EOF\n", status: 3},
		"unknown function":       {args: []string{"nope"}, input: `1`, err: "jq: error: function not defined: nope/0\n", status: 3},
		"unknown option":         {args: []string{"-x"}, err: "jq: error: unknown option: -x\nUse jq --help for help with command-line options\n", status: 2},
		"option without value":   {args: []string{"--arg", "a"}, err: "jq: error: --arg takes two parameters (e.g. --arg name value)\nUse jq --help for help with command-line options\n", status: 2},
		"bad JSON variable":      {args: []string{"--argjson", "a", "{", "."}, err: "jq: error: invalid JSON text passed to --argjson: {\nUse jq --help for help with command-line options\n", status: 2},
		"bad indent":             {args: []string{"--indent", "12", "."}, err: "jq: error: --indent takes a number from 0 to 9\nUse jq --help for help with command-line options\n", status: 2},
		"options end":            {args: []string{"-c", "--", "."}, input: `[1]`, out: "[1]\n"},
		"help":                   {args: []string{"-h"}, out: jqHelp},
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"f.json": "1 2\n", "filter.jq": ". + 1"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var out, errs strings.Builder
			std := process.IO{Dir: dir, Env: []string{"LAB=x"}, In: strings.NewReader(tt.input), Out: &out, Err: &errs}
			if status := JQ(t.Context(), tt.args, std); status != tt.status {
				t.Errorf("status %d, want %d", status, tt.status)
			}
			if diff := cmp.Diff([]string{tt.out, tt.err}, []string{out.String(), errs.String()}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestJQCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out strings.Builder
	if status := JQ(ctx, []string{"-n", "range(1; infinite)"}, process.IO{Out: &out, Err: &out}); status != statusCancelled {
		t.Errorf("status %d, want %d", status, statusCancelled)
	}
}
