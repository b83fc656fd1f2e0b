package labs

import (
	"fmt"
	"sort"
	"strings"
)

// Problem is something wrong in a lab's files, with its place and a way out.
type Problem struct {
	File    string // relative to the folder of the labs: "02-pod-labels/lab.md"
	Line    int    // from 1; 0 when it is about the whole file
	Column  int    // from 1; 0 when it is about the whole line
	Message string
	Hint    string // what to do about it, "" when the message says it
	Warning bool   // the lab can be used all the same
}

// Error gives "file:line:column: message" and the hint, if any, on a second line.
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
		if p.Column > 0 {
			fmt.Fprintf(&b, ":%d", p.Column)
		}
	}
	b.WriteString(": ")
	if p.Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(p.Message)
	if p.Hint != "" {
		b.WriteString("\n  hint: " + p.Hint)
	}
	return b.String()
}

// Problems are all the problems that were found, in the order of file, line and column. It is the error of Parse and
// Load; use errors.As to get at the single ones.
type Problems []Problem

// Error gives one problem after the other.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].Error()
	}
	return strings.Join(lines, "\n")
}

// err is p as an error: nil when there is none, so that a Problems can be collected and returned plainly.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	p.sort()
	return p
}

func (p Problems) sort() {
	sort.SliceStable(p, func(i, j int) bool {
		a, b := p[i], p[j]
		switch {
		case a.File != b.File:
			return a.File < b.File
		case a.Line != b.Line:
			return a.Line < b.Line
		default:
			return a.Column < b.Column
		}
	})
}
