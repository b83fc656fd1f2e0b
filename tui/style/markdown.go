package style

import "charm.land/glamour/v2/ansi"

// Markdown is the style sheet for prose, in the app's palette and with no margins of its own.
func (s Styles) Markdown() ansi.StyleConfig {
	p := s.Palette
	var cfg ansi.StyleConfig
	cfg.Document.Margin = ptr(uint(0))
	cfg.Heading.StylePrimitive = ansi.StylePrimitive{Color: colour(p.Accent), Bold: ptr(true), BlockSuffix: "\n"}
	cfg.H1.StylePrimitive = cfg.Heading.StylePrimitive
	cfg.Strong.Bold = ptr(true)
	cfg.Emph.Italic = ptr(true)
	cfg.Strikethrough.CrossedOut = ptr(true)
	cfg.HorizontalRule = ansi.StylePrimitive{Color: colour(p.Line), Format: "\n────────\n"}
	cfg.Item.BlockPrefix = "• "
	cfg.Enumeration.BlockPrefix = ". "
	cfg.List.LevelIndent = 2
	cfg.Task = ansi.StyleTask{Ticked: Done + " ", Unticked: Todo + " "}
	cfg.Link = ansi.StylePrimitive{Color: colour(p.Muted), Underline: ptr(true)}
	cfg.LinkText = ansi.StylePrimitive{Color: colour(p.Accent)}
	cfg.Image = cfg.Link
	cfg.ImageText = cfg.LinkText
	cfg.Code.Color = colour(p.Second)
	cfg.CodeBlock.Color = colour(p.Second)
	cfg.CodeBlock.Margin = ptr(uint(2))
	cfg.BlockQuote.Color = colour(p.Muted)
	cfg.BlockQuote.Indent = ptr(uint(1))
	cfg.BlockQuote.IndentToken = ptr("│ ")
	cfg.Table.CenterSeparator = ptr("┼")
	cfg.Table.ColumnSeparator = ptr("│")
	cfg.Table.RowSeparator = ptr("─")
	return cfg
}

// colour is a colour of the palette, nil where it has none.
func colour(hex string) *string {
	if hex == "" {
		return nil
	}
	return &hex
}

func ptr[T any](v T) *T { return &v }
