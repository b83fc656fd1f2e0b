package labs

import (
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// checkEntry is one item of a step's checks: a mapping with the check's kind as its key, and perhaps a
// title, or that it is still to hold.
type checkEntry struct {
	check Check
	node  *yaml.Node
}

// validator is a check that judges its own settings once they are decoded.
type validator interface {
	validate(s *strict, n *yaml.Node)
}

// checkKinds are the names of the checks, in the order in which they are listed to authors.
func checkKinds() []string {
	return []string{"exit", "denied", "forbidden", "warned", "object", "ready", "policy", "report", "event", "served", "admits", "denies", "written"}
}

// newCheck makes an empty check of a kind, nil when there is no such kind.
func newCheck(kind string) Check {
	switch kind {
	case "exit":
		return &exitCheck{}
	case "denied":
		return &deniedCheck{}
	case "forbidden":
		return &forbiddenCheck{}
	case "warned":
		return &warnedCheck{}
	case "object":
		return &objectCheck{}
	case "ready":
		return &readyCheck{}
	case "policy":
		return &policyCheck{}
	case "report":
		return &reportCheck{}
	case "event":
		return &eventCheck{}
	case "served":
		return &servedCheck{}
	case "admits":
		return &admitsCheck{}
	case "denies":
		return &deniesCheck{}
	case "written":
		return &writtenCheck{}
	}
	return nil
}

func (e *checkEntry) decodeNode(s *strict, n *yaml.Node) {
	e.node = n
	kinds := "kinds of checks: " + strings.Join(checkKinds(), ", ")
	if n.Kind != yaml.MappingNode {
		s.note(n, kinds, "a check must be a mapping")
		return
	}
	title, still := "", false
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		check := newCheck(key.Value)
		switch {
		case key.Value == "title":
			s.decode(value, reflect.ValueOf(&title).Elem(), "title")
		case key.Value == "still":
			s.decode(value, reflect.ValueOf(&still).Elem(), "still")
		case check == nil:
			s.note(key, kinds, "unknown check %q", key.Value)
			return
		case e.check != nil:
			s.note(key, "make it a check of its own, after a dash", "one check has two kinds")
		default:
			e.check = decodeCheck(s, value, check, key.Value)
		}
	}
	if e.check == nil {
		s.note(n, kinds, "the check has no kind")
		return
	}
	if still {
		if instant(e.check) {
			s.note(n, "leave out still:", "what a step makes cannot hold before it")
		}
		e.check = lasting{e.check}
	}
	if title != "" {
		e.check = titled{Check: e.check, title: title}
	}
}

// decodeCheck fills in a check; its own rules are only looked at when it could be decoded.
func decodeCheck(s *strict, n *yaml.Node, check Check, kind string) Check {
	before := len(s.problems)
	s.decode(n, reflect.ValueOf(check).Elem(), kind)
	if v, ok := check.(validator); ok && len(s.problems) == before {
		v.validate(s, n)
	}
	return check
}
