package document

import (
	"errors"

	"go.yaml.in/yaml/v3"
)

// maxDepth is how deep maps and lists may lie in each other. Real objects stay below fifty; what walks through a value
// builds the paths of what it finds, which takes the square of the depth in time and memory.
const maxDepth = 1000

// ErrTooDeep is what is wrong with values that lie too deep in each other.
var ErrTooDeep = errors.New("maps and lists lie in each other more than 1000 levels deep")

// TooDeep says whether maps and lists of a JSON value lie too deep in each other to be worked with.
func TooDeep(value any) bool { return deeper(value, maxDepth) }

func deeper(value any, levels int) bool {
	if levels == 0 {
		return true
	}
	switch value := value.(type) {
	case map[string]any:
		for _, inner := range value {
			if deeper(inner, levels-1) {
				return true
			}
		}
	case []any:
		for _, inner := range value {
			if deeper(inner, levels-1) {
				return true
			}
		}
	}
	return false
}

// deepNode returns the first node that lies too deep, nil when there is none.
func deepNode(node *yaml.Node, levels int) *yaml.Node {
	if levels == 0 {
		return node
	}
	for _, inner := range node.Content {
		if found := deepNode(inner, levels-1); found != nil {
			return found
		}
	}
	return nil
}
