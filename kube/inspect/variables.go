package inspect

import (
	"fmt"
	"os"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// variables are those of a shell; nil is one that is set to what cannot be told without running something.
type variables map[string]*string

// environment are the variables that a shell begins with.
func environment() variables {
	out := variables{}
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		out[name] = &value
	}
	return out
}

// Get implements [expand.Environ].
func (v variables) Get(name string) expand.Variable {
	if value := v[name]; value != nil {
		return expand.Variable{Set: true, Exported: true, Kind: expand.String, Str: *value}
	}
	return expand.Variable{}
}

// Each implements [expand.Environ].
func (v variables) Each(visit func(name string, variable expand.Variable) bool) {
	for name, value := range v {
		if value != nil && !visit(name, v.Get(name)) {
			return
		}
	}
}

// untold is a variable that a text uses and that is set to what cannot be told, "" when there is none.
func (v variables) untold(text *syntax.Word) string {
	found := ""
	syntax.Walk(text, func(node syntax.Node) bool {
		if used, ok := node.(*syntax.ParamExp); ok && used.Param != nil {
			if value, set := v[used.Param.Value]; set && value == nil {
				found = used.Param.Value
			}
		}
		return true
	})
	return found
}

// readRegular reads a file unless it is a pipe, a terminal or another one that has no end, or larger than allowed.
func readRegular(path string, largest int64) ([]byte, error) {
	switch info, err := os.Stat(path); {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file", path)
	case info.Size() > largest:
		return nil, fmt.Errorf("%s is larger than %d bytes", path, largest)
	}
	return os.ReadFile(path)
}
