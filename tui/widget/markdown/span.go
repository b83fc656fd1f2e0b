package markdown

import (
	"bufio"
	"bytes"
	"html"
	"net/url"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/yuin/goldmark/ast"
	extended "github.com/yuin/goldmark/extension/ast"
	markup "github.com/yuin/goldmark/renderer/html"

	"podsec/tui/text"
)

// with is a style with what another one adds to it. A colour takes the place of the one before, and nothing is there twice:
// texts may be nested as deeply as somebody likes.
func with(st, added ansi.Style) ansi.Style {
	colour := func(attribute string) bool { return strings.HasPrefix(attribute, "38;") }
	replaced := func(old string) bool {
		return slices.Contains(added, old) || colour(old) && slices.ContainsFunc(added, colour)
	}
	return append(slices.DeleteFunc(slices.Clone(st), replaced), added...)
}

// styled is s in a style; nothing has none.
func styled(st ansi.Style, s string) string {
	if s == "" {
		return ""
	}
	return st.Styled(s)
}

// inlines is the text of a node in the given style. Line breaks of the author are spaces, but for hard ones.
func (p *page) inlines(parent ast.Node, st ansi.Style) string {
	var out, run strings.Builder
	flush := func() {
		out.WriteString(styled(st, run.String()))
		run.Reset()
	}
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		t, plain := n.(*ast.Text)
		if !plain {
			flush()
			out.WriteString(p.inline(n, st))
			continue
		}
		run.WriteString(p.text(t))
		switch {
		case t.HardLineBreak():
			flush()
			out.WriteByte('\n')
		case t.SoftLineBreak():
			run.WriteByte(' ')
		}
	}
	flush()
	return out.String()
}

func (p *page) inline(n ast.Node, st ansi.Style) string {
	switch n := n.(type) {
	case *ast.CodeSpan:
		return p.inlines(n, with(st, p.look.Code))
	case *ast.Emphasis:
		if n.Level > 1 {
			return p.inlines(n, with(st, p.look.Strong))
		}
		return p.inlines(n, with(st, p.look.Emphasis))
	case *extended.Strikethrough:
		return p.inlines(n, with(st, p.look.Struck))
	case *ast.Link:
		return p.link(n, st)
	case *ast.AutoLink:
		return p.autoLink(n, st)
	case *ast.Image:
		if n.ChildCount() == 0 {
			return styled(with(st, p.look.Address), resolved(n.Destination))
		}
		return p.inlines(n, with(st, p.look.Link))
	case *ast.RawHTML:
		return styled(st, p.tag(n))
	}
	return p.inlines(n, st)
}

// link is a link's text, and the address unless it is the text; of a link to another file the text alone, since there is
// nothing to follow it with.
func (p *page) link(n *ast.Link, st ansi.Style) string {
	address := resolved(n.Destination)
	if u, err := url.Parse(address); err != nil || u.Scheme == "" {
		return p.inlines(n, st)
	}
	shown := styled(with(st, p.look.Address), address)
	if said := p.inlines(n, nil); said != "" && said != address {
		shown = p.inlines(n, with(st, p.look.Link)) + styled(st, " ") + shown
	}
	return linked(address, shown)
}

// autoLink is an address that stands for itself.
func (p *page) autoLink(n *ast.AutoLink, st ansi.Style) string {
	address := string(n.URL(p.source))
	if n.AutoLinkType == ast.AutoLinkEmail {
		address = "mailto:" + address
	}
	return linked(address, styled(with(st, p.look.Address), string(n.Label(p.source))))
}

// linked makes a terminal's link of what is shown, if a browser or a mail program can open the address.
func linked(address, shown string) string {
	u, err := url.Parse(address)
	if err != nil || !slices.Contains([]string{"https", "http", "mailto"}, u.Scheme) {
		return shown
	}
	// A semicolon would end the address for who reads the sequence to close the link at the end of a line.
	return ansi.SetHyperlink(strings.ReplaceAll(u.String(), ";", "%3B")) + shown + ansi.ResetHyperlink()
}

// text is what a piece of text says: that of code as it was written, other text as it is read.
func (p *page) text(n *ast.Text) string {
	if n.IsRaw() {
		return strings.ReplaceAll(string(n.Value(p.source)), "\n", " ")
	}
	return resolved(n.Value(p.source))
}

// resolved is text without its backslashes and with characters for their names. It is cleaned again: a document is
// cleaned before it is parsed, and names may stand for anything.
func resolved(value []byte) string {
	if !bytes.ContainsAny(value, `\&`) {
		return string(value)
	}
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	markup.DefaultWriter.Write(w, value)
	_ = w.Flush() // a buffer takes everything
	return text.Line(html.UnescapeString(b.String()))
}

// tag is a tag as it was written, and nothing of a comment.
func (p *page) tag(n *ast.RawHTML) string {
	s := string(n.Segments.Value(p.source))
	if strings.HasPrefix(s, "<!--") {
		return ""
	}
	return strings.ReplaceAll(s, "\n", " ")
}
