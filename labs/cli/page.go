package cli

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
)

// pageTemplate is a page that needs nothing else, on a screen and on paper.
//
//go:embed page.html
var pageTemplate string

// page makes an HTML page of Markdown. Headings get the anchors that GitHub gives them.
func page(title, markdown string) ([]byte, error) {
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAutoHeadingID()))
	var body, whole bytes.Buffer
	context := parser.NewContext(parser.WithIDs(anchors{}))
	if err := md.Convert([]byte(markdown), &body, parser.WithContext(context)); err != nil {
		return nil, fmt.Errorf("make HTML: %w", err)
	}
	t, err := template.New("page").Parse(pageTemplate)
	if err != nil {
		return nil, fmt.Errorf("read page: %w", err)
	}
	err = t.Execute(&whole, struct {
		Title string
		Body  template.HTML
	}{title, template.HTML(body.String())}) //nolint:gosec // goldmark leaves out raw HTML and unsafe links
	if err != nil {
		return nil, fmt.Errorf("make page: %w", err)
	}
	return whole.Bytes(), nil
}

// anchors gives headings their anchors; of the same ones, the later have a number.
type anchors map[string]int

// Generate implements parser.IDs.
func (a anchors) Generate(heading []byte, _ ast.NodeKind) []byte {
	id := anchor(string(heading))
	n := a[id]
	a[id]++
	if n > 0 {
		id = fmt.Sprintf("%s-%d", id, n)
	}
	return []byte(id)
}

// Put implements parser.IDs.
func (a anchors) Put(id []byte) { a[string(id)]++ }
