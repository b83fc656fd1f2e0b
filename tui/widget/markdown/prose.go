package markdown

import (
	"regexp"
	"strings"

	"charm.land/glamour/v2"
	"github.com/charmbracelet/x/ansi"

	"podsec/tui/style"
	"podsec/tui/text"
)

// prose renders what is no fenced block. Glamour makes lines of lists a little wider than asked for, and keeps the line
// breaks that an author made in them; so it only styles, and the lines are broken here. Tables are its own business.
func (r *Renderer) prose(source string) []string {
	source = unlinked(source)
	if hasTable(source) {
		return r.styled(r.term, source)
	}
	var out []string
	for _, line := range r.styled(r.endless, unwrap(source)) {
		out = append(out, hang(line, r.width)...)
	}
	return out
}

// escapedHyphen is a bound hyphen in an address, as Glamour writes it.
const escapedHyphen = "%EE%80%AD"

// styled renders with Glamour; Markdown that it cannot render is shown as its source.
func (r *Renderer) styled(term *glamour.TermRenderer, source string) []string {
	if term != nil {
		if s, err := term.Render(text.BindHyphens(source)); err == nil {
			return trim(text.FreeHyphens(strings.ReplaceAll(s, escapedHyphen, "-")))
		}
	}
	return strings.Split(source, "\n")
}

// newTerm makes a renderer for one width; 0 breaks no lines.
func newTerm(st style.Styles, width int) *glamour.TermRenderer {
	term, err := glamour.NewTermRenderer(glamour.WithStyles(st.Markdown()), glamour.WithWordWrap(width))
	if err != nil {
		return nil
	}
	return term
}

func hasTable(source string) bool { return tableRow.MatchString(source) }

// unlinked leaves the text of links to other files alone: there is nothing to follow them with.
func unlinked(source string) string { return fileLink.ReplaceAllString(source, "$1") }

var (
	fileLink = regexp.MustCompile(`\[([^\]]+)\]\(\.{1,2}/[^)]*\)`)
	tableRow = regexp.MustCompile(`(?m)^\s*\|`)
	// blockStart begins something that does not go on the line before: a list item, a heading, a quotation, a rule.
	blockStart = regexp.MustCompile("^\\s*([-*+] |\\d+[.)] |#|>|```|---|===|\\*\\*\\*$)")
	// marker is what a rendered list item begins with.
	marker = regexp.MustCompile(`^ *(• |\d+\. |\[[ ✓x]\] )?`)
)

// unwrap joins the lines of each paragraph and of each list item. What is indented as code keeps its lines.
func unwrap(source string) string {
	var out []string
	fenced := false
	for _, line := range strings.Split(source, "\n") {
		fence := strings.HasPrefix(strings.TrimSpace(line), "```")
		last := len(out) - 1
		joins := !fence && !fenced && last >= 0 && strings.TrimSpace(line) != "" && strings.TrimSpace(out[last]) != "" &&
			!blockStart.MatchString(line) && !strings.HasPrefix(strings.TrimSpace(out[last]), "#") &&
			!strings.HasPrefix(strings.TrimSpace(out[last]), "```") && !strings.HasSuffix(out[last], "  ") && !code(out[last])
		if fence {
			fenced = !fenced
		}
		if joins {
			out[last] += " " + strings.TrimSpace(line)
		} else {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// code reports whether a line is indented as code.
func code(line string) bool {
	return strings.HasPrefix(line, "    ") && !blockStart.MatchString(line)
}

// hang breaks a rendered line; in a list item the lines after the first are indented as far as its text.
func hang(line string, width int) []string {
	indent := len([]rune(marker.FindString(ansi.Strip(line))))
	if indent == 0 || indent > width/2 {
		return text.Wrap(line, width)
	}
	first, rest := ansi.Truncate(line, indent, ""), ansi.TruncateLeft(line, indent, "")
	var out []string
	for i, part := range text.Wrap(rest, width-indent) {
		if i > 0 {
			first = text.Spaces(indent)
		}
		out = append(out, first+part)
	}
	return out
}
