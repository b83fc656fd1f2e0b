package jmespath

import (
	"errors"
	"math/rand/v2"
	"net"
	"time"

	gojmespath "github.com/kyverno/go-jmespath"
)

// Options are the sources of what an expression cannot know. A function whose source is nil fails when it is called.
type Options struct {
	Now            func() time.Time
	Rand           *rand.Rand // not used by two queries at once: see random
	LookupIP       func(host string) ([]net.IP, error)
	NormalizeImage func(image string) (string, error)
}

// Interpreter evaluates expressions. It is safe for concurrent use.
type Interpreter struct {
	caller *gojmespath.FunctionCaller
}

// New returns an interpreter with all of Kyverno's functions.
func New(o Options) *Interpreter {
	caller := gojmespath.NewFunctionCaller()
	for _, group := range [][]function{
		textFunctions(), patternFunctions(), arithmeticFunctions(), timeFunctions(o.Now), objectFunctions(),
		encodingFunctions(), worldFunctions(o),
	} {
		for _, f := range group {
			caller.Register(f.entry())
		}
	}
	return &Interpreter{caller: caller}
}

// Query is a parsed expression.
type Query struct {
	path   *gojmespath.JMESPath
	caller *gojmespath.FunctionCaller
}

// Compile parses an expression.
func (i *Interpreter) Compile(expression string) (*Query, error) {
	path, err := gojmespath.Compile(expression)
	if err != nil {
		return nil, err
	}
	return &Query{path: path, caller: i.caller}, nil
}

// Search evaluates the expression on a JSON value. The error is a NotFound one when a key does not exist.
func (q *Query) Search(data any) (any, error) {
	return q.path.Search(data, gojmespath.WithFunctionCaller(q.caller))
}

// IsNotFound says whether an error of Search is, or wraps, an unknown key.
func IsNotFound(err error) bool {
	var notFound gojmespath.NotFoundError
	return errors.As(err, &notFound)
}
