package labs

import (
	"bytes"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// document is the body of a lab.md, cut at its second-level headings.
type document struct {
	source     []byte
	intro      []byte
	sections   []section
	untitled   bool  // there is a second-level heading without a text
	underlined []int // offsets of headings written with a line of dashes below
}

// section is a second-level heading and what follows it up to the next one. Positions are offsets in the source.
type section struct {
	title  string
	anchor string // from {#anchor}, "" for none
	start  int    // of the heading's line
	prose  []byte
	blocks []block // its step blocks
	after  int     // offset of text that follows the first step block, -1 for none
}

// block is the content of a fenced code block.
type block struct {
	fence   int // offset of the opening fence
	content int // offset of the first line of the content
	indent  int // columns cut off before the content's lines
	text    []byte
}

// parseMarkdown cuts the body of a lab.md into its steps. Only headings and fences of the top level count; what looks
// like one inside a code block or a quotation does not.
func parseMarkdown(source []byte) document {
	md := goldmark.New(goldmark.WithParserOptions(parser.WithAttribute()))
	root := md.Parser().Parse(text.NewReader(source))
	doc := document{source: source, intro: source}
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			if n.Level == 2 {
				doc.open(n)
				continue
			}
		case *ast.FencedCodeBlock:
			if len(doc.sections) > 0 && string(n.Language(source)) == "step" {
				doc.addBlock(n)
				continue
			}
		}
		doc.follow(n)
	}
	doc.cut()
	return doc
}

// open starts a section at a heading.
func (d *document) open(n *ast.Heading) {
	lines := n.Lines()
	if lines.Len() == 0 {
		d.untitled = true
		return
	}
	start := lineStart(d.source, lines.At(0).Start)
	if !bytes.HasPrefix(bytes.TrimLeft(d.source[start:], " "), []byte("##")) {
		d.underlined = append(d.underlined, start)
		return
	}
	anchor, _ := n.AttributeString("id")
	id, _ := anchor.([]byte)
	title := string(bytes.TrimSpace(lines.Value(d.source)))
	d.sections = append(d.sections, section{title: title, anchor: string(id), start: start, after: -1})
}

func (d *document) addBlock(n *ast.FencedCodeBlock) {
	s := &d.sections[len(d.sections)-1]
	b := block{fence: lineStart(d.source, n.Info.Segment.Start), text: n.Lines().Value(d.source)}
	b.content = nextLine(d.source, b.fence)
	if n.Lines().Len() > 0 {
		first := n.Lines().At(0)
		b.content, b.indent = lineStart(d.source, first.Start), first.Start-lineStart(d.source, first.Start)
	}
	s.blocks = append(s.blocks, b)
}

// follow notes the first thing that comes after a step block.
func (d *document) follow(n ast.Node) {
	if len(d.sections) == 0 {
		return
	}
	s := &d.sections[len(d.sections)-1]
	if len(s.blocks) > 0 && s.after < 0 {
		s.after = s.blocks[0].fence
		if lines := n.Lines(); lines != nil && lines.Len() > 0 {
			s.after = lines.At(0).Start
		}
	}
}

// cut fills in the texts between headings and step blocks.
func (d *document) cut() {
	for i := range d.sections {
		s := &d.sections[i]
		if i == 0 {
			d.intro = d.source[:s.start]
		}
		from, to := nextLine(d.source, s.start), len(d.source)
		if i+1 < len(d.sections) {
			to = d.sections[i+1].start
		}
		if len(s.blocks) > 0 {
			to = s.blocks[0].fence
		}
		s.prose = d.source[min(from, to):to]
	}
}

func lineStart(source []byte, offset int) int {
	return bytes.LastIndexByte(source[:min(offset, len(source))], '\n') + 1
}

func nextLine(source []byte, offset int) int {
	if i := bytes.IndexByte(source[offset:], '\n'); i >= 0 {
		return offset + i + 1
	}
	return len(source)
}

// position gives the line and column, both from 1, of an offset.
func position(source []byte, offset int) (line, column int) {
	return bytes.Count(source[:offset], []byte("\n")) + 1, offset - lineStart(source, offset) + 1
}
