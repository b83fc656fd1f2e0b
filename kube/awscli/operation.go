package awscli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// operation is a command of a service.
type operation struct {
	service, name string // "kms", "create-key"
	api           string // "CreateKey"
	about         string
	parameters    []parameter
	aggregate     string // the member of which all pages are put together, "" for none
	call          func(ctx context.Context, config aws.Config, in map[string]any) (any, error)
	print         func(out any, to io.Writer) error // nil prints the whole answer
}

// invoke makes the call of an operation from a method of an SDK client. The parameters have the API's names, which are
// those of the fields but for their case.
func invoke[C, In, Out, O any](client func(aws.Config) C, method func(C, context.Context, *In, ...func(*O)) (*Out, error)) func(context.Context, aws.Config, map[string]any) (any, error) {
	return func(ctx context.Context, config aws.Config, parameters map[string]any) (any, error) {
		data, err := json.Marshal(parameters)
		if err != nil {
			return nil, fmt.Errorf("encode parameters: %w", err)
		}
		in := new(In)
		if err := json.Unmarshal(data, in); err != nil {
			return nil, fmt.Errorf("decode parameters: %w", err)
		}
		return pages(in, func() (any, error) { return method(client(config), ctx, in) })
	}
}

// pages calls until there is no next page, and puts the lists of all pages together in the first answer.
func pages(in any, call func() (any, error)) (any, error) {
	first, err := call()
	for out := first; err == nil; {
		token := nextToken(in, out)
		if token == "" {
			return first, nil
		}
		if out, err = call(); err == nil {
			extend(reflect.ValueOf(first).Elem(), reflect.ValueOf(out).Elem())
		}
	}
	return first, err
}

// nextToken puts the token of the next page from an answer into the request; "" at the last page.
func nextToken(in, out any) string {
	for request, answer := range map[string]string{"Marker": "NextMarker", "NextToken": "NextToken"} {
		from, to := reflect.ValueOf(out).Elem().FieldByName(answer), reflect.ValueOf(in).Elem().FieldByName(request)
		if !from.IsValid() || !to.IsValid() {
			continue
		}
		if token, ok := from.Interface().(*string); ok && token != nil {
			to.Set(from)
			return *token
		}
	}
	return ""
}

// extend appends the lists of a page to those of the first.
func extend(first, page reflect.Value) {
	for i := range first.NumField() {
		if f := first.Field(i); f.Kind() == reflect.Slice && f.CanSet() {
			f.Set(reflect.AppendSlice(f, page.Field(i)))
		}
	}
}

// findOperation finds the operation that a command line names, and returns what comes after its name.
func findOperation(args []string) (*operation, []string, error) {
	all := operations()
	if len(args) == 0 {
		return nil, nil, wrongUsage("the following arguments are required: command")
	}
	mine := slices.DeleteFunc(slices.Clone(all), func(op *operation) bool { return op.service != args[0] })
	if len(mine) == 0 {
		return nil, nil, unknownChoice("command", args[0], services(all))
	}
	if len(args) == 1 {
		return nil, nil, wrongUsage("the following arguments are required: operation")
	}
	at := slices.IndexFunc(mine, func(op *operation) bool { return op.name == args[1] })
	if at < 0 {
		return nil, nil, unknownChoice("operation", args[1], names(mine))
	}
	return mine[at], args[2:], nil
}

// unknownChoice is a name that is not among those that this stand-in knows.
func unknownChoice(what, name string, choices []string) error {
	f := wrongUsage("argument %s: Found invalid choice '%s'", what, name)
	f.hint = "this is podsec's stand-in for the AWS CLI; it knows " + strings.Join(choices, ", ")
	return f
}

func services(all []*operation) []string {
	var list []string
	for _, op := range all {
		if !slices.Contains(list, op.service) {
			list = append(list, op.service)
		}
	}
	return list
}

func names(all []*operation) []string {
	list := make([]string, len(all))
	for i, op := range all {
		list[i] = op.name
	}
	return list
}
