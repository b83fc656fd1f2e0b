package markdown

import (
	"strings"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
	"github.com/charmbracelet/x/ansi"
	extended "github.com/yuin/goldmark/extension/ast"

	"podsec/tui/text"
)

// table sets a table over the whole width, with lines between columns and below its head.
func (p *page) table(n *extended.Table, width int, st ansi.Style) []string {
	t := table.New().Width(width).Border(lipgloss.NormalBorder()).
		BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).
		StyleFunc(func(_, column int) lipgloss.Style { return cell(n.Alignments[column]) })
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		var cells []string
		for c := row.FirstChild(); c != nil; c = c.NextSibling() {
			cells = append(cells, text.BindHyphens(p.inlines(c, st)))
		}
		if row.Kind() == extended.KindTableHeader {
			t.Headers(cells...)
		} else {
			t.Row(cells...)
		}
	}
	return strings.Split(text.FreeHyphens(t.String()), "\n")
}

func cell(a extended.Alignment) lipgloss.Style {
	st := lipgloss.NewStyle().Margin(0, 1)
	switch a {
	case extended.AlignCenter:
		return st.Align(lipgloss.Center)
	case extended.AlignRight:
		return st.Align(lipgloss.Right)
	case extended.AlignLeft, extended.AlignNone:
	}
	return st
}
