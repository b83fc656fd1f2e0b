package labs

import (
	"fmt"
	"io/fs"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// place is where a piece of YAML stands: yaml.v3 counts its lines from the piece's own start.
type place struct {
	file   string
	line   int // lines of the file before the piece
	indent int // columns cut off before each line of the piece
}

// strict decodes YAML nodes into Go values and notes every problem with its place, instead of stopping at the first.
// Fields are named by their `lab` tag; `lab:"name,required"` must be there. Anchors and aliases are refused: a lab has
// no use for them, and they could make a small file endless.
type strict struct {
	place
	files    fs.FS // the files that may be named; nil when that is not to be checked
	problems Problems
}

// selfDecoder is a type that reads its node itself.
type selfDecoder interface {
	decodeNode(s *strict, n *yaml.Node)
}

// parse reads one YAML document; nil when it is empty or broken (which is noted).
func (s *strict) parse(text []byte) *yaml.Node {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		line, message := yamlError(err)
		s.problems = append(s.problems, Problem{File: s.file, Line: s.line + line, Message: "read YAML: " + message})
		return nil
	}
	if len(doc.Content) == 0 {
		return nil
	}
	return doc.Content[0]
}

// yamlError takes apart yaml.v3's "yaml: line 3: message".
func yamlError(err error) (line int, message string) {
	message = strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(message, "line "); ok {
		if number, after, found := strings.Cut(rest, ": "); found {
			if line, err := strconv.Atoi(number); err == nil {
				return line, after
			}
		}
	}
	return 1, message
}

// note adds a problem at a node.
func (s *strict) note(n *yaml.Node, hint, format string, args ...any) {
	s.problems = append(s.problems, Problem{
		File: s.file, Line: s.line + n.Line, Column: s.indent + n.Column,
		Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// decode fills v (a settable value) from n; what names the value for messages.
func (s *strict) decode(n *yaml.Node, v reflect.Value, what string) {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		s.note(n, "write the value out", "%s: anchors and aliases are not used in labs", what)
		return
	}
	if v.CanAddr() {
		if own, ok := v.Addr().Interface().(selfDecoder); ok {
			own.decodeNode(s, n)
			return
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		s.decode(n, v.Elem(), what)
	case reflect.Struct:
		s.decodeStruct(n, v, what)
	case reflect.Slice:
		s.decodeSlice(n, v, what)
	default:
		s.decodeScalar(n, v, what)
	}
}

func (s *strict) decodeStruct(n *yaml.Node, v reflect.Value, what string) {
	if n.Kind != yaml.MappingNode {
		s.note(n, "write keys and values: "+strings.Join(keysOf(v.Type()), ", "), "%s must be a mapping", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		field, ok := fieldOf(v, key.Value)
		switch {
		case !ok:
			s.note(key, "known keys: "+strings.Join(keysOf(v.Type()), ", "), "%s: unknown key %q", what, key.Value)
		case seen[key.Value]:
			s.note(key, "keep one of them", "%s: key %q appears twice", what, key.Value)
		default:
			s.decode(value, field, key.Value)
		}
		seen[key.Value] = true
	}
	for _, name := range requiredOf(v.Type()) {
		if !seen[name] {
			s.note(n, "add "+name+":", "%s: key %q is missing", what, name)
		}
	}
}

func (s *strict) decodeSlice(n *yaml.Node, v reflect.Value, what string) {
	if n.Kind != yaml.SequenceNode {
		s.note(n, "write a list: each item after a dash", "%s must be a list", what)
		return
	}
	for _, item := range n.Content {
		element := reflect.New(v.Type().Elem()).Elem()
		s.decode(item, element, what)
		v.Set(reflect.Append(v, element))
	}
}

func (s *strict) decodeScalar(n *yaml.Node, v reflect.Value, what string) {
	if n.Kind != yaml.ScalarNode {
		s.note(n, "", "%s must be a %s", what, v.Kind())
		return
	}
	switch v.Kind() {
	case reflect.String:
		if n.Tag != "!!str" {
			s.note(n, "put it in quotes", "%s must be a string, not %s", what, strings.TrimPrefix(n.Tag, "!!"))
			return
		}
		v.SetString(n.Value)
	case reflect.Bool:
		b, err := strconv.ParseBool(n.Value)
		if n.Tag != "!!bool" || err != nil {
			s.note(n, "write true or false", "%s must be true or false", what)
			return
		}
		v.SetBool(b)
	case reflect.Int:
		i, err := strconv.Atoi(n.Value)
		if n.Tag != "!!int" || err != nil {
			s.note(n, "", "%s must be a whole number", what)
			return
		}
		v.SetInt(int64(i))
	default:
		panic("labs: no strict decoding for " + v.Kind().String())
	}
}

// fieldOf finds the field whose tag is name.
func fieldOf(v reflect.Value, name string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("lab"), ","); tag == name && tag != "" {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// keysOf lists the keys of a struct in the order of its fields.
func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if tag, _, _ := strings.Cut(t.Field(i).Tag.Get("lab"), ","); tag != "" {
			keys = append(keys, tag)
		}
	}
	return keys
}

func requiredOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if tag, option, _ := strings.Cut(t.Field(i).Tag.Get("lab"), ","); option == "required" {
			keys = append(keys, tag)
		}
	}
	return keys
}

// scalar is any YAML scalar as a string: what a value of the cluster is compared with, where 8080 means "8080".
type scalar string

func (v *scalar) decodeNode(s *strict, n *yaml.Node) {
	if n.Kind != yaml.ScalarNode {
		s.note(n, "", "the value must be a single one, not a list or a mapping")
		return
	}
	*v = scalar(n.Value)
}
