package shell

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/itchyny/gojq"

	"podsec/kube/process"
)

// The exit statuses of jq, as its manual gives them.
const (
	jqFalsy   = 1 // with -e: the last value was false or null
	jqUsage   = 2
	jqCompile = 3
	jqNothing = 4 // with -e: there was no value
	jqFailed  = 5
)

// JQ runs jq with gojq's implementation of the language: args are its options, filter and files. It returns the exit
// status. Keys of objects are sorted, which jq itself does only with -S.
func JQ(ctx context.Context, args []string, std process.IO) int {
	o, err := parseJQ(args, std)
	if err != nil {
		fmt.Fprintf(std.Err, "jq: error: %v\nUse jq --help for help with command-line options\n", err)
		return jqUsage
	}
	if o.help {
		_, _ = io.WriteString(std.Out, jqHelp)
		return 0
	}
	query, err := gojq.Parse(o.filter)
	if err != nil {
		fmt.Fprintf(std.Err, "jq: error: %v\n", err)
		return jqCompile
	}
	inputs := newJQInputs(o, std)
	defer inputs.close()
	code, err := gojq.Compile(query,
		gojq.WithVariables(o.names),
		gojq.WithEnvironLoader(func() []string { return std.Env }),
		gojq.WithInputIter(inputs),
	)
	if err != nil {
		fmt.Fprintf(std.Err, "jq: error: %v\n", err)
		return jqCompile
	}
	run := jqRun{options: o, std: std, code: code}
	return run.all(ctx, inputs)
}

// jqRun is one run of jq over its inputs.
type jqRun struct {
	options *jqOptions
	std     process.IO
	code    *gojq.Code
	status  int
	printed bool
	last    any
}

// all runs the filter on every input. An input that fails does not keep the others from being filtered.
func (r *jqRun) all(ctx context.Context, inputs gojq.Iter) int {
	if r.options.noInput {
		inputs = gojq.NewIter[any](nil)
	}
	for {
		input, ok := inputs.Next()
		if !ok {
			return r.result()
		}
		err, failed := input.(error)
		if !failed {
			err = r.one(ctx, input)
		}
		var halt *gojq.HaltError
		switch {
		case err == nil:
			continue
		case errors.As(err, &halt):
			return r.halt(halt)
		case ctx.Err() != nil:
			return statusCancelled
		}
		r.status = jqFailed
		fmt.Fprintf(r.std.Err, "jq: error: %v\n", err)
		if failed {
			return r.status // a broken input cannot be read on
		}
	}
}

// one prints what the filter makes of one input.
func (r *jqRun) one(ctx context.Context, input any) error {
	values := r.code.RunWithContext(ctx, input, r.options.values...)
	for {
		value, ok := values.Next()
		if !ok {
			return nil
		}
		if err, ok := value.(error); ok {
			return err
		}
		r.printed, r.last = true, value
		text, err := r.options.format(value)
		if err != nil {
			return err
		}
		if _, err := r.std.Out.Write(text); err != nil {
			return err
		}
	}
}

func (r *jqRun) result() int {
	switch {
	case r.status != 0 || !r.options.exitStatus:
		return r.status
	case !r.printed:
		return jqNothing
	case r.last == nil || r.last == false:
		return jqFalsy
	}
	return 0
}

// halt ends the run as halt and halt_error ask for: a string is printed as it is, anything else as JSON.
func (r *jqRun) halt(err *gojq.HaltError) int {
	switch value := err.Value().(type) {
	case nil:
	case string:
		_, _ = io.WriteString(r.std.Err, value)
	default:
		if text, err := gojq.Marshal(value); err == nil {
			fmt.Fprintf(r.std.Err, "%s\n", text)
		}
	}
	return err.ExitCode()
}
