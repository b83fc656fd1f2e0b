package labs

import (
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/util/jsonpath"
)

// where is a condition on one field of an object: its value equals a text, matches a wildcard pattern, or exists.
type where struct {
	Path    string  `lab:"path,required"`
	Equals  *scalar `lab:"equals"`
	Matches *scalar `lab:"matches"`
	Exists  *bool   `lab:"exists"`
}

func (w where) validate(s *strict, n *yaml.Node) {
	given := 0
	for _, set := range []bool{w.Equals != nil, w.Matches != nil, w.Exists != nil} {
		if set {
			given++
		}
	}
	if given != 1 {
		s.note(n, "", "where %s needs exactly one of equals, matches, exists", w.Path)
	}
	if _, err := parsePath(w.Path); err != nil {
		s.note(n, "write it like {.metadata.labels.CostCenter}", "the path %q is not a JSONPath: %v", w.Path, err)
	}
}

func parsePath(path string) (*jsonpath.JSONPath, error) {
	if !strings.HasPrefix(path, "{") {
		return nil, fmt.Errorf("it must be in braces")
	}
	p := jsonpath.New("where").AllowMissingKeys(true)
	return p, p.Parse(path)
}

// judge says how an object fails the condition, "" when it does not. Where the path gives several values, all of them
// must fit, and there must be one.
func (w where) judge(o *unstructured.Unstructured) string {
	values, err := w.values(o)
	field := w.field()
	switch {
	case err != nil:
		return fmt.Sprintf("%s: %v", field, err)
	case w.Exists != nil && *w.Exists != (len(values) > 0):
		if *w.Exists {
			return field + " is not set"
		}
		return fmt.Sprintf("%s is %s", field, strings.Join(values, ", "))
	case w.Exists != nil:
		return ""
	case len(values) == 0:
		return field + " is not set"
	}
	for _, value := range values {
		if w.Equals != nil && value != string(*w.Equals) {
			return fmt.Sprintf("%s is %q, not %q", field, value, *w.Equals)
		}
		if w.Matches != nil && !matches(string(*w.Matches), value) {
			return fmt.Sprintf("%s is %q, which does not match %q", field, value, *w.Matches)
		}
	}
	return ""
}

// values gives the texts of the path's values; missing and null ones are left out.
func (w where) values(o *unstructured.Unstructured) ([]string, error) {
	p, err := parsePath(w.Path) // a JSONPath keeps state while it is evaluated, so each evaluation parses its own
	if err != nil {
		return nil, err
	}
	results, err := p.FindResults(o.Object)
	if err != nil {
		return nil, err
	}
	var values []string
	for _, result := range results {
		for _, value := range result {
			if text, ok := valueText(value); ok {
				values = append(values, text)
			}
		}
	}
	return values, nil
}

func valueText(v reflect.Value) (string, bool) {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return "", false
		}
		v = v.Elem()
	}
	if !v.IsValid() {
		return "", false
	}
	return fmt.Sprint(v.Interface()), true
}

// String is the condition for a title.
func (w where) String() string {
	field := w.field()
	switch {
	case w.Equals != nil:
		return fmt.Sprintf("%s is %s", field, *w.Equals)
	case w.Matches != nil:
		return fmt.Sprintf("%s matches %s", field, *w.Matches)
	case w.Exists != nil && !*w.Exists:
		return field + " is not set"
	default:
		return field + " is set"
	}
}

// field names the field for a learner: labels and annotations by their keys, everything else by its path.
func (w where) field() string {
	path := strings.ReplaceAll(strings.TrimPrefix(strings.Trim(w.Path, "{}"), "."), `\.`, ".")
	if name, ok := strings.CutPrefix(path, "metadata.labels."); ok {
		return "the label " + name
	}
	if name, ok := strings.CutPrefix(path, "metadata.annotations."); ok {
		return "the annotation " + name
	}
	return path
}
