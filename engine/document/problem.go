package document

import "fmt"

// Problem is text that cannot be used, and where.
type Problem struct {
	Position
	Message string
	Hint    string // what to do about it; may be empty
}

// Error writes file:line:column: message.
func (p *Problem) Error() string {
	switch {
	case p.Line == 0 && p.File == "":
		return p.Message
	case p.Line == 0:
		return p.File + ": " + p.Message
	case p.Column == 0:
		return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Problem says that something is wrong at a field path of the document, or as near to it as the text goes.
func (d *Document) Problem(path, message, hint string) *Problem {
	place, _ := d.Place(path)
	return &Problem{Position: place, Message: message, Hint: hint}
}
