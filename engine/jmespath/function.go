package jmespath

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	gojmespath "github.com/kyverno/go-jmespath"
)

// function is one function of the language.
type function struct {
	name      string
	arguments string // a type per argument: "string string|number"
	call      gojmespath.JpFunction
}

// entry is the function as the interpreter wants it; the interpreter checks the number and types of arguments.
func (f function) entry() gojmespath.FunctionEntry {
	entry := gojmespath.FunctionEntry{Name: f.name, Handler: f.call}
	for _, argument := range strings.Fields(f.arguments) {
		var types []gojmespath.JpType
		for _, t := range strings.Split(argument, "|") {
			types = append(types, gojmespath.JpType(t))
		}
		entry.Arguments = append(entry.Arguments, gojmespath.ArgSpec{Types: types})
	}
	return entry
}

// fail makes an error of a function in Kyverno's form.
func fail(name, format string, args ...any) error {
	return fmt.Errorf("JMESPath function '%s': "+format, append([]any{name}, args...)...)
}

// text returns an argument that must be a string.
func text(name string, arguments []any, index int) (string, error) {
	if s, ok := arguments[index].(string); ok {
		return s, nil
	}
	return "", fail(name, "argument #%d is not of type %s", index+1, "string")
}

// texts returns the first n arguments, which must be strings.
func texts(name string, arguments []any, n int) ([]string, error) {
	out := make([]string, n)
	for i := range out {
		s, err := text(name, arguments, i)
		if err != nil {
			return nil, err
		}
		out[i] = s
	}
	return out, nil
}

// number returns an argument that must be a number.
func number(name string, arguments []any, index int) (float64, error) {
	if f, ok := arguments[index].(float64); ok {
		return f, nil
	}
	return 0, fail(name, "argument #%d is not of type %s", index+1, "float64")
}

// onTexts makes a function of strings only.
func onTexts(name string, n int, call func(args []string) (any, error)) function {
	return function{name, strings.Repeat("string ", n), func(arguments []any) (any, error) {
		args, err := texts(name, arguments, n)
		if err != nil {
			return nil, err
		}
		return call(args)
	}}
}

// toText writes a string, number or boolean as text.
func toText(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 32), nil
	case int:
		return strconv.Itoa(v), nil
	case bool:
		return strconv.FormatBool(v), nil
	}
	return "", errors.New("error, undefined type cast")
}

// integer returns a number that must be whole.
func integer(f float64) (int, error) {
	if math.IsInf(f, 0) || math.IsNaN(f) || math.Trunc(f) != f {
		return 0, fmt.Errorf("expected an integer number but got: %g", f)
	}
	if float64(int(f)) != f {
		return 0, fmt.Errorf("number is outside the range of integer numbers: %g", f)
	}
	return int(f), nil
}
