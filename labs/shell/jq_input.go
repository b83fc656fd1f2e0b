package shell

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"strings"

	"podsec/kube/process"
)

// jqInputs gives jq its inputs one by one: values of files, or of standard input. A value that is an error ends them.
type jqInputs struct {
	options *jqOptions
	std     process.IO
	files   []string
	open    io.Closer
	next    func() (any, error) // of the file that is open; nil for none
	broken  bool
	slurped bool
}

func newJQInputs(o *jqOptions, std process.IO) *jqInputs {
	files := o.files
	if len(files) == 0 {
		files = []string{"-"}
	}
	return &jqInputs{options: o, std: std, files: files}
}

// Next gives the next input, as gojq wants it.
func (in *jqInputs) Next() (any, bool) {
	if !in.options.slurp {
		return in.single()
	}
	if in.slurped {
		return nil, false
	}
	in.slurped = true
	all := []any{}
	var text strings.Builder
	for {
		value, ok := in.single()
		switch {
		case !ok && in.options.rawInput:
			return text.String(), true
		case !ok:
			return all, true
		}
		if err, failed := value.(error); failed {
			return err, true
		}
		if line, isLine := value.(string); isLine && in.options.rawInput {
			text.WriteString(line + "\n")
		}
		all = append(all, value)
	}
}

func (in *jqInputs) single() (any, bool) {
	for !in.broken {
		if in.next == nil {
			if len(in.files) == 0 {
				return nil, false
			}
			name := in.files[0]
			in.files = in.files[1:]
			if err := in.start(name); err != nil {
				in.broken = true
				return err, true
			}
		}
		value, err := in.next()
		switch {
		case errors.Is(err, io.EOF):
			in.close()
		case err != nil:
			in.broken = true
			return err, true
		default:
			return value, true
		}
	}
	return nil, false
}

// start opens a file; "-" is standard input.
func (in *jqInputs) start(name string) error {
	reader := in.std.In
	if name != "-" {
		file, err := os.Open(in.std.Path(name))
		if err != nil {
			return fmt.Errorf("could not open file %s: %w", name, reason(err))
		}
		reader, in.open = file, file
	}
	if reader == nil {
		reader = strings.NewReader("")
	}
	if in.options.rawInput {
		in.next = linesOf(reader)
		return nil
	}
	decoder := json.NewDecoder(reader)
	decoder.UseNumber()
	in.next = func() (any, error) { return nextValue(decoder) }
	return nil
}

func (in *jqInputs) close() {
	if in.open != nil {
		_ = in.open.Close()
	}
	in.open, in.next = nil, nil
}

func linesOf(reader io.Reader) func() (any, error) {
	lines := bufio.NewReader(reader)
	return func() (any, error) {
		line, err := lines.ReadString('\n')
		if err != nil && line == "" {
			return nil, err
		}
		return strings.TrimSuffix(line, "\n"), nil
	}
}

func nextValue(decoder *json.Decoder) (any, error) {
	var value any
	if err := decoder.Decode(&value); err != nil {
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, io.EOF
		}
		return nil, fmt.Errorf("(at <stdin>): %w", err)
	}
	return numbers(value), nil
}

func decodeAll(decoder *json.Decoder) ([]any, error) {
	decoder.UseNumber()
	all := []any{}
	for {
		value, err := nextValue(decoder)
		switch {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, err
		}
		all = append(all, value)
	}
}

// decodeJSON reads exactly one value.
func decodeJSON(text string) (any, error) {
	all, err := decodeAll(json.NewDecoder(strings.NewReader(text)))
	if err != nil {
		return nil, err
	}
	if len(all) != 1 {
		return nil, fmt.Errorf("%d values", len(all))
	}
	return all[0], nil
}

// numbers turns the numbers of a decoded value into those of gojq, so that large integers stay exact.
func numbers(value any) any {
	switch value := value.(type) {
	case json.Number:
		return number(value)
	case []any:
		for i := range value {
			value[i] = numbers(value[i])
		}
	case map[string]any:
		for k := range value {
			value[k] = numbers(value[k])
		}
	}
	return value
}

func number(n json.Number) any {
	if i, err := n.Int64(); err == nil {
		return int(i)
	}
	if b, ok := new(big.Int).SetString(n.String(), 10); ok {
		return b
	}
	f, _ := n.Float64() // out of range gives infinity, which jq prints as the largest number
	return f
}
