package present

import (
	"regexp"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// widest is the longest line of prose: longer ones lose their reader in the last row of a room.
const widest = 60

// item begins a line of a list; code is a line of a code block, and a cell of a table has a bar too.
var (
	item = regexp.MustCompile(`^ *(• |\d+\. )`)
	code = regexp.MustCompile(`│|┼`)
)

// airy gives a piece of prose the most space between its lines that there is room for: an empty line after each, or,
// in a list, between the items.
func (m *Model) airy(lines []string, height int) []string {
	list, fixed := false, false
	for _, l := range lines {
		plain := ansi.Strip(l)
		list = list || item.MatchString(plain)
		fixed = fixed || code.MatchString(plain)
	}
	switch {
	case list:
		return roomier(lines, height, func(before, line string) bool { return item.MatchString(line) })
	case fixed:
		return lines
	}
	return roomier(lines, height, func(string, string) bool { return true })
}

// spread puts an empty line before each line that is not indented, when there is room.
func spread(lines []string, height int) []string {
	return roomier(lines, height, func(_, line string) bool { return !strings.HasPrefix(line, "  ") })
}

// roomier puts an empty line before those that want one, or none anywhere when there is no room for all of them.
func roomier(lines []string, height int, wanted func(before, line string) bool) []string {
	var out []string
	for i, l := range lines {
		if i > 0 && strings.TrimSpace(ansi.Strip(lines[i-1])) != "" && wanted(lines[i-1], ansi.Strip(l)) {
			out = append(out, "")
		}
		out = append(out, l)
	}
	if len(out) > height {
		return lines
	}
	return out
}

// stack sets groups of lines below a head, with empty lines between them as far as there is room.
func stack(height int, head []string, groups ...[]string) []string {
	n := len(head)
	for _, g := range groups {
		n += len(g)
	}
	roomy := n+len(groups) <= height
	out := head
	for i, g := range groups {
		if roomy || i == 0 && n < height {
			out = append(out, "")
		}
		out = append(out, g...)
	}
	return out
}
