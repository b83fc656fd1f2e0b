package objects

import (
	"strconv"
	"strings"

	"podsec/kube/inspect"
	"podsec/tui/text"
	"podsec/tui/widget/search"
	"podsec/tui/widget/table"
)

// kindList is the list of kinds.
type kindList struct {
	part
	all   []inspect.Kind
	lower []string // what is searched in
	shown []int
}

// set replaces the kinds; the cursor stays on the kind that it is on.
func (l *kindList) set(all []inspect.Kind) {
	under, had := l.under()
	l.all, l.lower = all, make([]string, len(all))
	for i, k := range all {
		l.lower[i] = strings.ToLower(k.Resource + " " + k.Kind + " " + strings.Join(k.Short, " ") + " " + k.Group)
	}
	l.filter()
	for i, at := range l.shown {
		if had && l.all[at].Ref() == under.Ref() {
			l.table.Select(i)
		}
	}
}

// filter shows the kinds that the search finds: without one, those of which there are objects come first.
func (l *kindList) filter() {
	l.shown = l.shown[:0]
	words := l.search.Words()
	for _, empty := range []bool{false, true} {
		for i, k := range l.all {
			if (k.Count == 0) == empty && search.Match(words, l.lower[i]) {
				l.shown = append(l.shown, i)
			}
		}
	}
	l.table.Set([]table.Column{
		{Title: "Kind", Max: 40}, {Title: "Objects", Right: true}, {Title: "Short", Max: 16, Leave: 2},
		{Title: "Group", Grow: true, Leave: 1}, {Title: "Version", Leave: 3},
	}, l)
}

// under is the kind under the cursor.
func (l *kindList) under() (inspect.Kind, bool) {
	if at := l.table.Cursor(); at >= 0 && at < len(l.shown) {
		return l.all[l.shown[at]], true
	}
	return inspect.Kind{}, false
}

// Len implements table.Rows.
func (l *kindList) Len() int { return len(l.shown) }

// Cell implements table.Rows.
func (l *kindList) Cell(row, column int) string {
	k := l.all[l.shown[row]]
	switch column {
	case 0:
		return text.Line(k.Kind)
	case 1:
		switch {
		case k.Hidden:
			return "forbidden"
		case k.Count == inspect.Uncounted:
			return text.Ellipsis
		}
		return strconv.Itoa(k.Count)
	case 2:
		return text.Line(strings.Join(k.Short, ","))
	case 3:
		if k.Group == "" {
			return "core"
		}
		return text.Line(k.Group)
	}
	return text.Line(k.Version)
}
