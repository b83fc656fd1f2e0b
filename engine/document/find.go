package document

import (
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Place returns where the field at a path stands ("spec.rules[0].match", "metadata.labels["a/b"]"). When the text has no
// such field the place of the nearest one around it is returned, and false.
//
// Keys may hold dots and slashes without quotes: the longest key that is there is taken. A key in one of Kyverno's
// anchors ("(name)", "=(name)") is found with and without the anchor.
func (d *Document) Place(path string) (Position, bool) {
	place, found := locate(d.Node, d.Node, path)
	return d.position(place), found
}

// locate goes down a path from a node; place is the node that stands for it. A path that leaves out the index of a list
// means the first element that has the rest.
func locate(node, place *yaml.Node, path string) (*yaml.Node, bool) {
	if path == "" {
		return place, true
	}
	node = resolve(node)
	if key, value, rest, ok := step(node, path); ok {
		return locate(value, key, rest)
	}
	if node != nil && node.Kind == yaml.SequenceNode && path[0] != '[' {
		for _, element := range node.Content {
			if found, ok := locate(element, element, path); ok {
				return found, true
			}
		}
	}
	return place, false
}

// resolve follows aliases.
func resolve(node *yaml.Node) *yaml.Node {
	for node != nil && node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	return node
}

// step goes one part of a path down: to the key's node, the value's node, and the rest of the path.
func step(node *yaml.Node, path string) (key, value *yaml.Node, rest string, ok bool) {
	if node == nil {
		return nil, nil, "", false
	}
	switch node.Kind {
	case yaml.SequenceNode:
		index, rest, ok := cutIndex(path)
		if !ok || index >= len(node.Content) {
			return nil, nil, "", false
		}
		return node.Content[index], node.Content[index], rest, true
	case yaml.MappingNode:
		return stepMapping(node, path)
	}
	return nil, nil, "", false
}

func stepMapping(node *yaml.Node, path string) (key, value *yaml.Node, rest string, ok bool) {
	best := -1
	for i := 0; i+1 < len(node.Content); i += 2 {
		name := node.Content[i].Value
		if name == "<<" {
			if k, v, r, found := step(resolve(node.Content[i+1]), path); found && best < 0 {
				key, value, rest, ok = k, v, r, true
			}
			continue
		}
		for _, spelled := range []string{name, plainKey(name)} {
			if remaining, found := cutKey(path, spelled); found && len(spelled) > best {
				best = len(spelled)
				key, value, rest, ok = node.Content[i], node.Content[i+1], remaining, true
			}
		}
	}
	return key, value, rest, ok
}

// anchorRE matches a key in one of Kyverno's anchors.
var anchorRE = regexp.MustCompile(`^[+=^X<]?\((.+)\)$`)

func plainKey(key string) string {
	if found := anchorRE.FindStringSubmatch(key); found != nil {
		return found[1]
	}
	return key
}

// cutIndex takes "[3]" from the front of a path.
func cutIndex(path string) (index int, rest string, ok bool) {
	inner, found := strings.CutPrefix(path, "[")
	if !found {
		return 0, "", false
	}
	number, rest, found := strings.Cut(inner, "]")
	index, err := strconv.Atoi(number)
	if !found || err != nil || index < 0 {
		return 0, "", false
	}
	return index, strings.TrimPrefix(rest, "."), true
}

// cutKey takes a key from the front of a path: plain, or in brackets with or without quotes.
func cutKey(path, key string) (rest string, ok bool) {
	for _, spelled := range []string{key, "[" + key + "]", "[" + strconv.Quote(key) + "]"} {
		rest, found := strings.CutPrefix(path, spelled)
		if found && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return strings.TrimPrefix(rest, "."), true
		}
	}
	return "", false
}

// child returns the value of a mapping's key, nil when there is none.
func child(node *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return resolve(node.Content[i+1])
		}
	}
	return nil
}
