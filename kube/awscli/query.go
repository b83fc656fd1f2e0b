package awscli

import (
	"encoding/json"
	"regexp"
	"strconv"

	"github.com/jmespath/go-jmespath"
)

// compileQuery compiles a --query; "" is none.
func compileQuery(text string) (*query, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no query
	}
	compiled, err := jmespath.Compile(literals(text))
	if err != nil {
		return nil, invalid("Bad value for --query %s: %v", text, err)
	}
	return &query{text, compiled}, nil
}

// query is an expression in JMESPath.
type query struct {
	text     string
	compiled *jmespath.JMESPath
}

// literal is a literal in JMESPath, or a text in quotes, in which a backtick is nothing special.
var literal = regexp.MustCompile("'(?:[^'\\\\]|\\\\.)*'|\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`")

// literals quotes what stands between backticks and is not JSON: the AWS CLI takes `alias/key` for a text.
func literals(expression string) string {
	return literal.ReplaceAllStringFunc(expression, func(found string) string {
		if inner := found[1 : len(found)-1]; found[0] == '`' && !json.Valid([]byte(inner)) {
			return "`" + strconv.Quote(inner) + "`"
		}
		return found
	})
}
