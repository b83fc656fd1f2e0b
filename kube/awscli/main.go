package awscli

import (
	"context"
	"fmt"
	"io"
	"os"
)

// The exit statuses of the AWS CLI (https://docs.aws.amazon.com/cli/v1/topic/return-codes.html).
const (
	statusUsage   = 252 // the command line is wrong
	statusConfig  = 253 // the environment is: no credentials, no region
	statusService = 254 // the service refused the request
	statusOther   = 255
)

// Main runs the command line args ("kms", "create-key", …) and returns the exit status. It reads the environment and
// the AWS configuration of the process.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{stdin: stdin, stdout: stdout, stderr: stderr, getenv: os.Getenv}
	return p.run(ctx, args)
}

// program is one run of the command.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
}

func (p *program) run(ctx context.Context, args []string) int {
	err := p.command(ctx, args)
	if err == nil {
		return 0
	}
	f := failureOf(err)
	fmt.Fprintf(p.stderr, "\naws: [ERROR]: %s\n", f.text)
	if f.hint != "" {
		fmt.Fprintf(p.stderr, "hint: %s\n", f.hint)
	}
	return f.status
}

// command does what a command line says.
func (p *program) command(ctx context.Context, args []string) error {
	line, err := parseGlobal(args)
	if err != nil {
		return err
	}
	if line.version {
		fmt.Fprintln(p.stdout, version)
		return nil
	}
	if shown := p.help(line.rest); shown {
		return nil
	}
	op, rest, err := findOperation(line.rest)
	if err != nil {
		return err
	}
	in, err := op.parse(rest)
	if err != nil {
		return err
	}
	query, err := compileQuery(line.query)
	if err != nil {
		return err
	}
	write, err := writerFor(line.format(p.getenv))
	if err != nil {
		return err
	}
	config, err := line.config(ctx)
	if err != nil {
		return err
	}
	out, err := op.call(ctx, config, in)
	if err != nil {
		return &callError{op, err}
	}
	if op.print != nil {
		return op.print(out, p.stdout)
	}
	result, err := newDocument(out, op.aggregate).search(query)
	if err != nil || result.empty() {
		return err
	}
	return write(p.stdout, op.api, result)
}
