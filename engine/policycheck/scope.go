package policycheck

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/kyverno/go-jmespath"
	"github.com/kyverno/kyverno/pkg/engine/variables/regex"

	"podsec/engine/wildcard"
)

// errNoQuery is a variable without a name.
var errNoQuery = errors.New("invalid query (nil)")

// scope is what the variables of a rule may be.
type scope struct {
	allowed *regexp.Regexp
	names   []string // wildcard patterns, from the rule's context entries
}

func newScope(r *rule, background, target bool) *scope {
	s := &scope{allowed: allowedAnywhere}
	switch {
	case target && background:
		s.allowed = allowedInBackgroundTarget
	case target:
		s.allowed = allowedInTarget
	case background:
		s.allowed = allowedInBackground
	}
	s.add(r.Context)
	s.addAttestations(r)
	if r.Validate != nil {
		for _, f := range r.Validate.ForEach {
			s.add(f.Context)
		}
	}
	if r.Mutate != nil {
		for _, f := range r.Mutate.ForEach {
			s.add(f.Context)
		}
		for _, t := range r.Mutate.Targets {
			s.add(t.Context)
		}
	}
	if r.hasGenerate() {
		for _, f := range r.Generate.ForEach {
			s.add(f.Context)
		}
	}
	return s
}

// add notes the names that context entries define.
func (s *scope) add(entries []contextEntry) {
	for _, e := range entries {
		if e.APICall != nil || e.GlobalReference != nil || e.ImageRegistry != nil || e.Variable != nil {
			s.names = append(s.names, e.Name+"*")
		}
		if e.ConfigMap != nil {
			s.names = append(s.names, e.Name+".data", e.Name+".metadata", e.Name+".data.*", e.Name+".metadata.*")
		}
	}
}

func (s *scope) addAttestations(r *rule) {
	if !r.validatesImages() {
		return
	}
	for _, v := range r.VerifyImages {
		for _, a := range v.Attestations {
			s.names = append(s.names, a.Name+"*")
		}
	}
}

// undefinedError is a variable outside of the scope, in Kyverno's words.
type undefinedError struct {
	variable string
	scope    *scope
}

func (e undefinedError) Error() string {
	return fmt.Sprintf("variable %s must match regex \"%s\" or patterns %v", e.variable, e.scope.allowed, e.scope.names)
}

// check refuses a rule, or a part of one, with variables outside of the scope or that are not JMESPath, and references to
// nothing.
func (s *scope) check(block any) error {
	var document any
	if err := convert(block, &document); err != nil {
		return fmt.Errorf("encode rule: %w", err)
	}
	if err := checkReferences(document); err != nil {
		return err
	}
	return walk(document, "", s.substitute)
}

// substitute does what filling in the variables of a text would do, with null for every value: variables inside of
// variables come first.
func (s *scope) substitute(text, path string) error {
	for {
		found := regex.RegexVariables.FindAllString(text, -1)
		if len(found) == 0 {
			return nil
		}
		original, shallow := text, false
		for _, v := range found {
			name, prefix, isShallow := variableName(v)
			shallow = isShallow
			if err := s.query(name); err != nil {
				if undefined := (undefinedError{}); errors.As(err, &undefined) {
					return undefined
				}
				return fmt.Errorf("failed to resolve %v at path %s: %w", name, path, err)
			}
			if prefix == "" && original == v {
				return nil
			}
			text = strings.Replace(text, v, prefix+"null", 1)
		}
		if shallow {
			return nil
		}
	}
}

// query says whether a variable is in the scope.
func (s *scope) query(variable string) error {
	if variable == "" {
		return errNoQuery
	}
	if variable == "@" {
		return nil // the field at this place of the resource
	}
	if _, err := jmespath.NewParser().Parse(variable); err != nil {
		return fmt.Errorf("invalid JMESPath query %s: %w", variable, err)
	}
	variable = strings.ReplaceAll(variable, `"`, "")
	if s.allowed.MatchString(variable) {
		return nil
	}
	if slices.ContainsFunc(s.names, func(pattern string) bool { return wildcard.Match(pattern, variable) }) {
		return nil
	}
	return undefinedError{variable: variable, scope: s}
}

// variableName returns what stands between the braces of a match of regex.RegexVariables, the character before them that
// the expression takes along, and whether the variable is shallow ("{{-": its value is not searched for variables).
func variableName(match string) (name, prefix string, shallow bool) {
	if !regex.RegexVariableInit.MatchString(match) {
		prefix, match = match[:1], match[1:]
	}
	name = strings.TrimSpace(strings.NewReplacer("{{", "", "}}", "").Replace(match))
	if rest, ok := strings.CutPrefix(name, "-"); ok {
		return strings.TrimSpace(rest), prefix, true
	}
	return name, prefix, false
}

// walk calls visit for every key and every string of a JSON document, in order of the keys. path is the place of the
// value, and for a key the place of its object.
func walk(document any, path string, visit func(text, path string) error) error {
	switch typed := document.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(typed)) {
			if err := visit(key, path); err != nil {
				return err
			}
			if err := walk(typed[key], path+"/"+strings.ReplaceAll(key, "/", `\/`), visit); err != nil {
				return err
			}
		}
	case []any:
		for i, element := range typed {
			if err := walk(element, path+"/"+strconv.Itoa(i), visit); err != nil {
				return err
			}
		}
	case string:
		return visit(typed, path)
	}
	return nil
}
