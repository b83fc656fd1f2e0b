package awscli

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// kind is the type of a parameter.
type kind int

const (
	isText kind = iota
	isInteger
	isFlag
	isBlob       // bytes, which the API wants in base64
	isTexts      // several values
	isStructure  // name=value,… or JSON
	isStructures // several structures
)

// parameter is a parameter of an operation.
type parameter struct {
	name     string // the API's: "KeyId", "repositoryName"
	kind     kind
	required bool
	members  []parameter // of structures
}

func text(name string) parameter    { return parameter{name: name} }
func integer(name string) parameter { return parameter{name: name, kind: isInteger} }
func flag(name string) parameter    { return parameter{name: name, kind: isFlag} }
func blob(name string) parameter    { return parameter{name: name, kind: isBlob} }
func texts(name string) parameter   { return parameter{name: name, kind: isTexts} }

func structure(name string, members ...parameter) parameter {
	return parameter{name: name, kind: isStructure, members: members}
}

func structures(name string, members ...parameter) parameter {
	return parameter{name: name, kind: isStructures, members: members}
}

func required(p parameter) parameter {
	p.required = true
	return p
}

// option is the parameter's name on the command line: "--key-id".
func (p parameter) option() string {
	var b strings.Builder
	b.WriteString("--")
	for i, r := range p.name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// reader reads a file.
type reader func(name string) ([]byte, error)

// parse reads the parameters of an operation from the arguments that follow its name, and the files that these name.
func (op *operation) parse(args []string, read reader) (map[string]any, error) {
	in, unknown := map[string]any{}, []string(nil)
	for len(args) > 0 {
		name, joined, hasValue := strings.Cut(args[0], "=")
		p, value := op.parameter(name)
		if p == nil {
			unknown, args = append(unknown, args[0]), args[1:]
			continue
		}
		values, rest := valuesOf(args[1:])
		if hasValue && strings.HasPrefix(args[0], "--") {
			values, rest = []string{joined}, args[1:]
		}
		if p.kind == isFlag {
			in[p.name], args = value, args[1:]
			continue
		}
		if len(values) == 0 && p.kind != isTexts && p.kind != isStructures {
			return nil, wrongUsage("argument %s: expected one argument", p.option())
		}
		if p.kind != isTexts && p.kind != isStructures {
			rest = append(values[1:len(values):len(values)], rest...)
			values = values[:1]
		}
		parsed, err := p.value(values, read)
		if err != nil {
			return nil, err
		}
		in[p.name], args = parsed, rest
	}
	return in, op.complete(in, unknown)
}

// complete refuses a command line with options that do not exist, or without those that must be.
func (op *operation) complete(in map[string]any, unknown []string) error {
	var absent []string
	for _, p := range op.parameters {
		if _, given := in[p.name]; p.required && !given {
			absent = append(absent, p.option())
		}
	}
	switch {
	case len(absent) > 0:
		return wrongUsage("the following arguments are required: %s", strings.Join(absent, ", "))
	case len(unknown) > 0:
		f := invalid("Unknown options: %s", strings.Join(unknown, ", "))
		f.hint = fmt.Sprintf("this is podsec's stand-in for the AWS CLI; see aws %s %s help", op.service, op.name)
		return f
	}
	return nil
}

// parameter finds the parameter of an option; value is what a flag is set to.
func (op *operation) parameter(option string) (p *parameter, value bool) {
	for i := range op.parameters {
		p := &op.parameters[i]
		if p.option() == option {
			return p, true
		}
		if p.kind == isFlag && "--no-"+strings.TrimPrefix(p.option(), "--") == option {
			return p, false
		}
	}
	return nil, false
}

// valuesOf cuts arguments before the next option.
func valuesOf(args []string) (values, rest []string) {
	at := slices.IndexFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "--") })
	if at < 0 {
		at = len(args)
	}
	return args[:at], args[at:]
}

// value makes what the API wants of what the command line says.
func (p parameter) value(values []string, read reader) (any, error) {
	switch p.kind {
	case isTexts:
		return values, nil
	case isStructures:
		return p.list(values)
	}
	raw, err := p.load(values[0], read)
	if err != nil {
		return nil, err
	}
	switch p.kind {
	case isInteger:
		n, err := strconv.Atoi(raw)
		if err != nil {
			return nil, &failure{status: statusOther, text: fmt.Sprintf("invalid literal for int() with base 10: '%s'", raw)}
		}
		return n, nil
	case isBlob:
		return p.bytes(values[0], raw)
	case isStructure:
		return p.structure(raw)
	}
	return raw, nil
}

// load reads the file that a value names by file:// or fileb://; any other value is itself.
func (p parameter) load(value string, read reader) (string, error) {
	name, named := strings.CutPrefix(value, "file://")
	if !named {
		if name, named = strings.CutPrefix(value, "fileb://"); !named {
			return value, nil
		}
	}
	data, err := read(name)
	if err != nil {
		return "", invalid("Error parsing parameter '%s': Unable to load paramfile %s: %v", p.option(), value, err)
	}
	return string(data), nil
}

// bytes is a blob in base64: as it was given, or as it is in a file named by fileb://.
func (p parameter) bytes(value, raw string) (any, error) {
	if strings.HasPrefix(value, "fileb://") {
		return []byte(raw), nil
	}
	data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(raw))
	if err != nil {
		return nil, &failure{status: statusOther, text: fmt.Sprintf("Invalid base64: \"%s\"", raw)}
	}
	return data, nil
}

// list reads structures: JSON as a whole, or each by itself.
func (p parameter) list(values []string) (any, error) {
	if len(values) == 1 && strings.HasPrefix(strings.TrimSpace(values[0]), "[") {
		var list []map[string]any
		if err := json.Unmarshal([]byte(values[0]), &list); err != nil {
			return nil, p.notJSON(values[0], err)
		}
		return list, nil
	}
	list := []any{}
	for _, value := range values {
		one, err := p.structure(value)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

func (p parameter) notJSON(value string, err error) error {
	return invalid("Error parsing parameter '%s': Invalid JSON: %v\nJSON received: %s", p.option(), err, value)
}

// structure reads "name=value,…", or JSON.
func (p parameter) structure(value string) (map[string]any, error) {
	result := map[string]any{}
	if strings.HasPrefix(strings.TrimSpace(value), "{") {
		if err := json.Unmarshal([]byte(value), &result); err != nil {
			return nil, p.notJSON(value, err)
		}
		return result, p.known(result)
	}
	for pair := range strings.SplitSeq(value, ",") {
		name, text, found := strings.Cut(pair, "=")
		if !found {
			return nil, invalid("Error parsing parameter '%s': Expected: '=', received: 'EOF' for input:\n%s\n%s^", p.option(), value, strings.Repeat(" ", len(value)))
		}
		result[name] = text
		if at := slices.IndexFunc(p.members, func(m parameter) bool { return m.name == name }); at >= 0 && p.members[at].kind == isFlag {
			result[name] = strings.EqualFold(text, "true")
		}
	}
	return result, p.known(result)
}

// known refuses members that a structure does not have.
func (p parameter) known(value map[string]any) error {
	var members []string
	for _, m := range p.members {
		members = append(members, m.name)
	}
	for name := range value {
		if !slices.Contains(members, name) {
			return invalid("Parameter validation failed:\nUnknown parameter in %s: \"%s\", must be one of: %s", p.name, name, strings.Join(members, ", "))
		}
	}
	return nil
}
