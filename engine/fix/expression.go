package fix

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// place is a value of the resource that an expression reads, and where it is.
type place struct {
	path  []string
	value any
	key   bool // the value is the key at the end of the path
}

// expressionRE takes an expression that reads many fields from its braces, and from a literal for when there are none.
var expressionRE = regexp.MustCompile(
	`^\{\{\s*(request\.object|element)\.(.*?)\s*(?:\|\|\s*(?:'[^']*'|"[^"]*"|` + "`[^`]*`" + `)\s*)?\}\}$`)

// partRE matches one part of such an expression: all keys, a name, or a list of names.
var partRE = regexp.MustCompile(`^(?:(keys\(@\))|([A-Za-z_]\w*)|"([^"]+)"|\[([A-Za-z_][\w, ]*)\])`)

// expand returns the places that an expression like spec.[initContainers, containers][].ports[].hostPort reads. base is
// where the element of a foreach is. It returns nothing for expressions that do more than name fields.
func expand(expression string, object map[string]any, base []string) []place {
	found := expressionRE.FindStringSubmatch(strings.TrimSpace(expression))
	if found == nil {
		return nil
	}
	start := place{value: object}
	if found[1] == "element" {
		value, ok := get(object, base)
		if !ok {
			return nil
		}
		start = place{path: base, value: value}
	}
	places := []place{start}
	for rest := found[2]; rest != ""; {
		if after, ok := cutProjection(rest); ok {
			places, rest = elements(places), strings.TrimPrefix(after, ".")
			continue
		}
		part := partRE.FindStringSubmatch(rest)
		if part == nil {
			return nil
		}
		places, rest = fields(places, part), strings.TrimPrefix(rest[len(part[0]):], ".")
	}
	return elements(places)
}

func cutProjection(text string) (rest string, ok bool) {
	for _, projection := range []string{"[]", "[*]"} {
		if rest, ok := strings.CutPrefix(text, projection); ok {
			return rest, true
		}
	}
	return text, false
}

// elements replaces lists by their elements.
func elements(places []place) []place {
	var out []place
	for _, p := range places {
		list, ok := p.value.([]any)
		if !ok {
			out = append(out, p)
			continue
		}
		for i, value := range list {
			out = append(out, place{path: append(slices.Clone(p.path), strconv.Itoa(i)), value: value})
		}
	}
	return out
}

// fields goes down from every place to the fields that a part of an expression names.
func fields(places []place, part []string) []place {
	names := []string{part[2] + part[3]}
	if part[4] != "" {
		names = strings.FieldsFunc(part[4], func(r rune) bool { return r == ',' || r == ' ' })
	}
	var out []place
	for _, p := range places {
		object, _ := p.value.(map[string]any)
		if part[1] != "" {
			for _, key := range slices.Sorted(maps.Keys(object)) {
				out = append(out, place{path: append(slices.Clone(p.path), key), value: key, key: true})
			}
			continue
		}
		for _, name := range names {
			if value, ok := object[name]; ok {
				out = append(out, place{path: append(slices.Clone(p.path), name), value: value})
			}
		}
	}
	return out
}
