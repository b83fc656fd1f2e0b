package labs

import (
	"bytes"
	"net/url"
	"path"
	"strings"

	"github.com/mattn/go-runewidth"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

const (
	// proseWidth is the narrowest terminal that the workshop supports.
	proseWidth = 50
	// codeWidth is what is left of it for code, which has margins and is not wrapped.
	codeWidth = 46
)

// prose looks at a piece of Markdown of lab.md that starts after an offset.
func (l *linter) prose(markdown string, after int) {
	start := after + max(bytes.Index(l.source[after:], []byte(markdown)), 0)
	source := []byte(markdown)
	line := func(offset int) int {
		n, _ := position(l.source, start+offset)
		return n
	}
	root := goldmark.New().Parser().Parse(text.NewReader(source))
	last := 0
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		if n.Type() == ast.TypeBlock && n.Lines() != nil && n.Lines().Len() > 0 {
			last = n.Lines().At(0).Start
		}
		switch n := n.(type) {
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			l.code(n, source, line)
		case *ast.Text:
			last = n.Segment.Start
			l.words(string(n.Value(source)), line(last))
		case *ast.Link:
			l.link(string(n.Destination), line(last))
		case *ast.AutoLink:
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
}

// code warns of lines of a code block that need more than the narrowest terminal has.
func (l *linter) code(n ast.Node, source []byte, line func(int) int) {
	lines := n.Lines()
	for i := range lines.Len() {
		segment := lines.At(i)
		if width := runewidth.StringWidth(strings.TrimRight(string(segment.Value(source)), "\n")); width > codeWidth {
			l.note(line(segment.Start), true, "break it, or leave it to the step's file", "the line of code is %d columns wide; %d fit", width, codeWidth)
		}
	}
}

// words looks for words that cannot be wrapped to the narrowest terminal. Addresses are left alone.
func (l *linter) words(text string, line int) {
	for _, word := range strings.Fields(text) {
		if width := runewidth.StringWidth(word); width > proseWidth && !strings.Contains(word, "://") {
			l.note(line, true, "put it into a code block or a file", "the word %q is %d columns wide; %d fit", word, width, proseWidth)
		}
	}
}

// link checks that a link leads somewhere: to a step of this lab (#step), of another one (../03-x/lab.md#step), to a
// file of the lab, or to the web.
func (l *linter) link(destination string, line int) {
	target, err := url.Parse(destination)
	switch {
	case err != nil:
		l.note(line, false, "", "the link %q is not an address", destination)
		return
	case target.Scheme == "https":
		return
	case target.Scheme != "":
		l.note(line, false, "use https", "the link %q has the scheme %s", destination, target.Scheme)
		return
	case target.Path == "":
		l.step(l.lab.ID, target.Fragment, destination, line)
		return
	}
	if other, ok := strings.CutPrefix(path.Clean(target.Path), "../"); ok {
		l.step(strings.TrimSuffix(other, "/"+labFile), target.Fragment, destination, line)
		return
	}
	if !exists(l.lab, target.Path) {
		l.note(line, false, "add the file or correct the link", "the link %q leads to no file of the lab", destination)
	}
}

// step checks that a lab and, if one is named, a step of it exist.
func (l *linter) step(lab, step, destination string, line int) {
	steps, ok := l.steps[lab]
	switch {
	case !ok:
		l.note(line, false, "write it like ../02-pod-labels/lab.md#step", "the link %q leads to no lab", destination)
	case step != "" && !steps[step]:
		l.note(line, false, "give the step's heading that anchor: {#"+step+"}", "the link %q leads to no step", destination)
	}
}
