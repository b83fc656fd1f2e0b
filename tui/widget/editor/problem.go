package editor

import (
	"errors"
	"strings"

	"podsec/engine/document"
)

// check looks at the text as the cluster's tools would read it.
func (e *Editor) check() {
	e.problem = nil
	var wrong *document.Problem
	if _, err := document.Parse(e.name, []byte(e.text.Text())); errors.As(err, &wrong) {
		e.problem = placed(*wrong, e.text.Lines())
	}
}

// placed completes where a problem is. The YAML parser counts lines from 0 when a structure is not as it expects, and
// names no columns.
func placed(p document.Problem, lines []string) *document.Problem {
	if strings.Contains(p.Message, "did not find expected") {
		p.Line++
	}
	p.Line = max(1, min(p.Line, len(lines)))
	if p.Column > 0 {
		return &p
	}
	line := lines[p.Line-1]
	p.Column = len(spaces(line)) + 1
	if strings.Contains(p.Message, "mapping values are not allowed") {
		if first := strings.Index(line, ": "); first >= 0 {
			if second := strings.IndexByte(line[first+1:], ':'); second >= 0 {
				p.Column = len([]rune(line[:first+1+second])) + 1
			}
		}
	}
	return &p
}
