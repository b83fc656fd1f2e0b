// Package yaml shows a manifest with line numbers and highlighting.
package yaml

import (
	"fmt"
	"strings"

	"github.com/alecthomas/chroma/v2"

	"podsec/tui/style"
	"podsec/tui/text"
)

// Highlight returns the lines of a source in the given language ("yaml", "console", …) in colour, without line numbers.
// A language that is not known is shown as it is, and so is a line that the lexer would change. The source must be
// clean (text.Clean).
func Highlight(source, language string, st style.Styles) []string {
	lines := strings.Split(source, "\n")
	if language == "" {
		return lines
	}
	lexer := lexers().Get(language)
	if lexer == nil {
		return lines
	}
	tokens, err := chroma.Coalesce(lexer).Tokenise(nil, source)
	if err != nil {
		return lines
	}
	for i, line := range chroma.SplitTokensIntoLines(tokens.Tokens()) {
		if i >= len(lines) {
			break
		}
		if plain, coloured := paint(line, st); plain == lines[i] {
			lines[i] = coloured
		}
	}
	return lines
}

// paint returns a line's text, and the same in colour.
func paint(line []chroma.Token, st style.Styles) (plain, coloured string) {
	var p, c strings.Builder
	for _, token := range line {
		if v := strings.TrimSuffix(token.Value, "\n"); v != "" {
			p.WriteString(v)
			c.WriteString(styleOf(token.Type, st).Render(v))
		}
	}
	return p.String(), c.String()
}

// styleOf maps a kind of token to a style. Keys of a mapping are NameTag in chroma's YAML lexer.
func styleOf(t chroma.TokenType, st style.Styles) style.Paint {
	switch {
	case t == chroma.NameTag || t.InCategory(chroma.Keyword) && t != chroma.KeywordConstant:
		return st.Accent
	case t.InCategory(chroma.Comment):
		return st.Muted
	case t == chroma.KeywordConstant || t.InSubCategory(chroma.LiteralNumber) || t == chroma.Number:
		return st.Number
	case t.InCategory(chroma.Literal):
		return st.Value
	case t == chroma.Punctuation || t.InCategory(chroma.Operator):
		return st.Muted
	}
	return st.Text
}

// Render returns the manifest's lines, numbered, none wider than width: a longer line continues under its own start.
func Render(source string, width int, st style.Styles) []string {
	source = strings.TrimRight(source, "\n")
	if source == "" || width <= 0 {
		return nil
	}
	digits := len(fmt.Sprint(strings.Count(source, "\n") + 1))
	room := max(1, width-digits-2)
	var out []string
	for i, line := range Highlight(source, "yaml", st) {
		gutter := st.Faint.Render(text.FitRight(fmt.Sprint(i+1), digits)) + "  "
		for _, piece := range text.Pieces(line, room) {
			out = append(out, text.Cut(gutter+piece, width))
			gutter = text.Spaces(digits + 2)
		}
	}
	return out
}
