package document

import (
	"errors"
	"fmt"
)

// Problem is text that cannot be used, and where.
type Problem struct {
	Position
	Message string
	Hint    string // what to do about it; may be empty
}

// Error writes file:line:column: message.
func (p *Problem) Error() string {
	if place := p.Place(); place != "" {
		return place + ": " + p.Message
	}
	return p.Message
}

// Place writes file:line:column, or as much of it as is known.
func (p *Problem) Place() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Problem says that something is wrong at a field path of the document, or as near to it as the text goes.
func (d *Document) Problem(path, message, hint string) *Problem {
	place, _ := d.Place(path)
	return &Problem{Position: place, Message: message, Hint: hint}
}

// HintOf returns what to do about an error, "" when nothing is known.
func HintOf(err error) string {
	var problem *Problem
	if errors.As(err, &problem) {
		return problem.Hint
	}
	return ""
}
