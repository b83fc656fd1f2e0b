package document

import (
	"fmt"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Document is one object of a file.
type Document struct {
	File   string // as it was given to Parse
	Object *unstructured.Unstructured
	Node   *yaml.Node // the object's mapping, with its comments
	line   int        // how many lines of the file come before the document
}

// Position is a place in a file. The zero Position is nowhere: an object that came from a cluster has no file.
type Position struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`   // from 1
	Column int    `json:"column,omitempty"` // from 1
}

// String writes file:line, "" for nowhere.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Start is where the document begins.
func (d *Document) Start() Position { return d.position(d.Node) }

func (d *Document) position(node *yaml.Node) Position {
	if d.File == "" || node == nil {
		return Position{}
	}
	return Position{File: d.File, Line: node.Line + d.line, Column: node.Column}
}

// FromObject makes a document of an object that has no text, so that it can be edited like one. It has no positions.
func FromObject(object *unstructured.Unstructured) (*Document, error) {
	var node yaml.Node
	if err := node.Encode(object.Object); err != nil {
		return nil, fmt.Errorf("encode %s %s: %w", object.GetKind(), object.GetName(), err)
	}
	return &Document{Object: object, Node: &node}, nil
}
