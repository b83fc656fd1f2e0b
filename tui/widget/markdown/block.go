package markdown

import (
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/yuin/goldmark/ast"
	extended "github.com/yuin/goldmark/extension/ast"

	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/yaml"
)

// page is a document that is being rendered.
type page struct {
	source []byte
	styles style.Styles
	look   style.Markdown
}

// blocks renders what a document, a quotation or an item of a list holds, in lines of at most width cells, which is at
// least one. An empty line stands between two of them, but in items of a list that was written without empty lines.
func (p *page) blocks(parent ast.Node, width int, st ansi.Style) []string {
	var out []string
	list, item := parent.Parent().(*ast.List)
	dense := item && list.IsTight
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		lines := p.block(n, width, st)
		if len(out) > 0 && len(lines) > 0 && !dense {
			out = append(out, "")
		}
		out = append(out, lines...)
	}
	return out
}

func (p *page) block(n ast.Node, width int, st ansi.Style) []string {
	switch n := n.(type) {
	case *ast.Heading:
		return wrapped(p.inlines(n, with(st, p.look.Heading)), width)
	case *ast.Paragraph, *ast.TextBlock:
		return wrapped(p.inlines(n, st), width)
	case *ast.List:
		return p.list(n, width, st)
	case *ast.Blockquote:
		return p.beside(n, "│ ", "│ ", width, with(st, p.look.Quote))
	case *ast.FencedCodeBlock:
		return p.code(n, string(n.Language(p.source)), width)
	case *ast.CodeBlock:
		return p.code(n, "", width)
	case *ast.HTMLBlock:
		return p.html(n, width, st)
	case *ast.ThematicBreak:
		return []string{p.look.Rule.Styled(text.Cut("────────", width))}
	case *extended.Table:
		return p.table(n, width, st)
	}
	return p.blocks(n, width, st)
}

// wrapped is the lines of a text, none of one that says nothing, such as a comment.
func wrapped(s string, width int) []string {
	if s == "" {
		return nil
	}
	return text.Wrap(s, width)
}

// list renders the items of a list, each behind its mark.
func (p *page) list(n *ast.List, width int, st ansi.Style) []string {
	var out []string
	number := n.Start
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		if len(out) > 0 && !n.IsTight {
			out = append(out, "")
		}
		mark := "• "
		if n.IsOrdered() {
			mark = strconv.Itoa(number) + ". "
		}
		if task := taskOf(item); task != nil {
			mark = style.Todo + " "
			if task.IsChecked {
				mark = style.Done + " "
			}
		}
		out = append(out, p.beside(item, mark, text.Spaces(text.Width(mark)), width, st)...)
		number++
	}
	return out
}

// taskOf is the box that an item of a list begins with, nil when there is none.
func taskOf(item ast.Node) *extended.TaskCheckBox {
	if first := item.FirstChild(); first != nil {
		box, _ := first.FirstChild().(*extended.TaskCheckBox)
		return box
	}
	return nil
}

// beside renders what a block holds to the right of a mark on the first line and of another one on the rest. Where marks
// would take more than half of the width, only the first line has one.
func (p *page) beside(n ast.Node, first, rest string, width int, st ansi.Style) []string {
	room := width - text.Width(first)
	narrow := room < width-room
	if narrow {
		room, rest = width, ""
	}
	lines := p.blocks(n, room, st)
	if len(lines) == 0 {
		lines = []string{""}
	}
	out := make([]string, len(lines))
	for i, line := range lines {
		mark := rest
		if i == 0 {
			mark = first
		}
		if line == "" {
			mark = strings.TrimRight(mark, " ")
		}
		out[i] = styled(st, mark) + line
	}
	if narrow {
		return append(text.Wrap(out[0], width), out[1:]...)
	}
	return out
}

// code shows a block of code behind a bar: prose may be wrapped, code is cut into pieces that still read as code.
func (p *page) code(n ast.Node, language string, width int) []string {
	bar := p.styles.Line.Render("│") + " "
	source := strings.TrimSuffix(string(n.Lines().Value(p.source)), "\n")
	var out []string
	for _, line := range yaml.Highlight(source, language, p.styles) {
		for _, piece := range text.Pieces(line, max(1, width-2)) {
			out = append(out, bar+piece)
		}
	}
	return out
}

// html shows the tags that an author wrote, most likely placeholders such as <name>; comments are left out.
func (p *page) html(n *ast.HTMLBlock, width int, st ansi.Style) []string {
	if n.HTMLBlockType == ast.HTMLBlockType2 {
		return nil
	}
	source := n.Lines().Value(p.source)
	if n.HasClosure() {
		source = append(source, n.ClosureLine.Value(p.source)...)
	}
	return text.Wrap(styled(st, strings.TrimRight(string(source), "\n")), width)
}
