package document

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Operation is one operation of a JSON patch (RFC 6902): add, replace or remove.
type Operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`            // JSON pointer
	Value any    `json:"value,omitempty"` // of add and replace
}

// Edited returns the document's text after the operations, as YAML in the style of the original: comments, order and
// quotes of what is not touched stay, flow style too. The document is not changed. The error is an operation that does
// not fit.
func (d *Document) Edited(operations []Operation) (string, error) {
	root := clone(d.Node, map[*yaml.Node]*yaml.Node{})
	for _, o := range operations {
		if err := o.apply(root); err != nil {
			return "", fmt.Errorf("%s %s: %w", o.Op, o.Path, err)
		}
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if compact(d.Node) {
		encoder.CompactSeqIndent()
	}
	err := encoder.Encode(root)
	if closing := encoder.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return "", fmt.Errorf("encode %s: %w", d.Object.GetName(), err)
	}
	return out.String(), nil
}

// clone copies a tree; aliases point to the copies of what they pointed to.
func clone(node *yaml.Node, copies map[*yaml.Node]*yaml.Node) *yaml.Node {
	if node == nil {
		return nil
	}
	if done, ok := copies[node]; ok {
		return done
	}
	out := *node
	copies[node] = &out
	out.Content = make([]*yaml.Node, len(node.Content))
	for i, inner := range node.Content {
		out.Content[i] = clone(inner, copies)
	}
	out.Alias = clone(node.Alias, copies)
	return &out
}

// compact says whether the lists of a document start in the column of their key, as kubectl writes them.
func compact(node *yaml.Node) bool {
	if node.Kind == yaml.MappingNode && node.Style&yaml.FlowStyle == 0 {
		for i := 0; i+1 < len(node.Content); i += 2 {
			key, value := node.Content[i], node.Content[i+1]
			if value.Kind == yaml.SequenceNode && value.Style&yaml.FlowStyle == 0 && len(value.Content) > 0 {
				return value.Column == key.Column
			}
		}
	}
	for _, inner := range node.Content {
		if compact(inner) {
			return true
		}
	}
	return false
}

// apply changes the tree below root.
func (o Operation) apply(root *yaml.Node) error {
	parts := strings.Split(strings.TrimPrefix(o.Path, "/"), "/")
	for i, part := range parts {
		parts[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
	}
	at := root
	for _, part := range parts[:len(parts)-1] {
		next := below(at, part)
		if next == nil {
			return fmt.Errorf("%q is not there", part)
		}
		at = next
	}
	last := parts[len(parts)-1]
	if o.Op == "remove" {
		return remove(at, last)
	}
	value := &yaml.Node{}
	if err := value.Encode(o.Value); err != nil {
		return err
	}
	return set(at, last, value, o.Op == "add")
}

// below is the value under a key or index, nil when there is none. What an alias stands for becomes the alias's own copy
// first: a change must not show elsewhere.
func below(node *yaml.Node, part string) *yaml.Node {
	i := find(node, part)
	if i < 0 {
		return nil
	}
	if value := node.Content[i]; value.Kind == yaml.AliasNode {
		own := clone(resolve(value), map[*yaml.Node]*yaml.Node{})
		own.Anchor = ""
		node.Content[i] = own
	}
	return node.Content[i]
}

// find is the index of the value under a key or index in the node's content, -1 for none.
func find(node *yaml.Node, part string) int {
	switch node.Kind {
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(part); err == nil && i >= 0 && i < len(node.Content) {
			return i
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == part {
				return i + 1
			}
		}
	}
	return -1
}

func remove(node *yaml.Node, part string) error {
	i := find(node, part)
	if i < 0 {
		return fmt.Errorf("%q is not there", part)
	}
	from := i
	if node.Kind == yaml.MappingNode {
		from = i - 1
	}
	node.Content = append(node.Content[:from:from], node.Content[i+1:]...)
	return nil
}

// set puts a value under a key or index; a list grows when add says so. A replaced value keeps its comments.
func set(node *yaml.Node, part string, value *yaml.Node, add bool) error {
	i := find(node, part)
	switch {
	case node.Kind == yaml.SequenceNode && add && (part == "-" || part == strconv.Itoa(len(node.Content))):
		node.Content = append(node.Content, value)
	case node.Kind == yaml.SequenceNode && add && i >= 0:
		node.Content = append(node.Content[:i:i], append([]*yaml.Node{value}, node.Content[i:]...)...)
	case i >= 0:
		old := node.Content[i]
		value.HeadComment, value.LineComment, value.FootComment = old.HeadComment, old.LineComment, old.FootComment
		node.Content[i] = value
	case node.Kind == yaml.MappingNode:
		node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: part}, value)
	case node.Kind == yaml.ScalarNode && (node.Tag == "!!null" || node.Value == ""):
		*node = yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", HeadComment: node.HeadComment, LineComment: node.LineComment}
		node.Content = []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!str", Value: part}, value}
	default:
		return fmt.Errorf("there is no %q to set", part)
	}
	return nil
}
