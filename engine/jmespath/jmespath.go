package jmespath

import (
	"errors"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
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
	mutex  sync.RWMutex
	parsed map[string]*Query
}

// maxParsed is how many expressions an interpreter remembers; then it starts anew.
const maxParsed = 1000

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
	return &Interpreter{caller: caller, parsed: map[string]*Query{}}
}

// Query is a parsed expression.
type Query struct {
	path   *gojmespath.JMESPath
	caller *gojmespath.FunctionCaller
	sorts  bool // sort_by sorts the list itself, not a copy
}

// Compile parses an expression, or remembers that it did. A Query may be used by many at once.
func (i *Interpreter) Compile(expression string) (*Query, error) {
	i.mutex.RLock()
	query, ok := i.parsed[expression]
	i.mutex.RUnlock()
	if ok {
		return query, nil
	}
	path, err := gojmespath.Compile(expression)
	if err != nil {
		return nil, err
	}
	query = &Query{path: path, caller: i.caller, sorts: strings.Contains(expression, "sort_by")}
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if len(i.parsed) >= maxParsed {
		clear(i.parsed)
	}
	i.parsed[expression] = query
	return query, nil
}

// Search evaluates the expression on a JSON value, which it does not change. The error is a NotFound one when a key does
// not exist.
func (q *Query) Search(data any) (any, error) {
	if q.sorts {
		data = copyOf(data)
	}
	return q.path.Search(data, gojmespath.WithFunctionCaller(q.caller))
}

// IsNotFound says whether an error of Search is, or wraps, an unknown key.
func IsNotFound(err error) bool {
	var notFound gojmespath.NotFoundError
	return errors.As(err, &notFound)
}

// copyOf copies a JSON value.
func copyOf(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(value))
		for key, inner := range value {
			out[key] = copyOf(inner)
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i, inner := range value {
			out[i] = copyOf(inner)
		}
		return out
	}
	return value
}
