package awscli

import (
	"context"
	"fmt"

	"podsec/kube/awsenv"
	"podsec/kube/process"
)

// The exit statuses of the AWS CLI (https://docs.aws.amazon.com/cli/v1/topic/return-codes.html).
const (
	statusUsage   = 252 // the command line is wrong
	statusConfig  = 253 // the environment is: no credentials, no region
	statusService = 254 // the service refused the request
	statusOther   = 255
)

// Main runs the command line args ("kms", "create-key", …) and returns the exit status. In the process's own environment it
// has the AWS configuration of the process; any other must be complete, as awsenv.Complete says.
func Main(ctx context.Context, args []string, std process.IO) int {
	p := &program{std: std}
	return p.run(ctx, args)
}

// Inside says whether a command line can be run in an environment that is not the process's own.
func Inside(args []string, std process.IO) bool {
	line, err := parseGlobal(args)
	return err != nil || line.profile == "" && awsenv.Complete(std) // what is wrong is said the same everywhere
}

// program is one run of the command.
type program struct{ std process.IO }

func (p *program) run(ctx context.Context, args []string) int {
	err := p.command(ctx, args)
	if err == nil {
		return 0
	}
	f := failureOf(err)
	fmt.Fprintf(p.std.Err, "\naws: [ERROR]: %s\n", f.text)
	if f.hint != "" {
		fmt.Fprintf(p.std.Err, "hint: %s\n", f.hint)
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
		fmt.Fprintln(p.std.Out, version)
		return nil
	}
	if shown := p.help(line.rest); shown {
		return nil
	}
	op, rest, err := findOperation(line.rest)
	if err != nil {
		return err
	}
	in, err := op.parse(rest, p.std.ReadFile)
	if err != nil {
		return err
	}
	query, err := compileQuery(line.query)
	if err != nil {
		return err
	}
	write, err := writerFor(line.format(p.std.Getenv))
	if err != nil {
		return err
	}
	config, err := line.config(ctx, p.std, op.service)
	if err != nil {
		return err
	}
	out, err := op.call(ctx, config, in)
	if err != nil {
		return &callError{op, err}
	}
	if op.print != nil {
		return op.print(out, p.std.Out)
	}
	result, err := newDocument(out, op.aggregate).search(query)
	if err != nil || result.empty() {
		return err
	}
	return write(p.std.Out, op.api, result)
}
