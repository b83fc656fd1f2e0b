package objects

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/duration"

	"podsec/kube/inspect"
	"podsec/tui/text"
	"podsec/tui/widget/search"
	"podsec/tui/widget/table"
)

// objectList is the objects of a kind.
type objectList struct {
	part
	now     func() time.Time
	spaced  bool // the namespaces are shown
	columns []inspect.Column
	kept    []int // columns that are shown
	rows    []inspect.Row
	lower   []string // what is searched in, by row
	shown   []int
	version string
	more    string
	whole   bool // all pages are there
}

// age is the column whose cells are told by our own clock: they would stand still otherwise.
const age = "Age"

// page adds a page of the list.
func (l *objectList) page(t inspect.Table, first bool) {
	under, had := l.under()
	if first {
		l.columns, l.rows, l.lower = t.Columns, nil, nil
		l.kept = l.kept[:0]
		for i, c := range t.Columns {
			if !c.Wide {
				l.kept = append(l.kept, i)
			}
		}
	}
	for _, row := range t.Rows {
		clean(&row)
		l.rows = append(l.rows, row)
		l.lower = append(l.lower, lowered(row))
	}
	l.version, l.more, l.whole = t.Version, t.More, t.More == ""
	l.filter()
	l.keep(under, had)
}

// clean takes out of a row what could steer the terminal.
func clean(row *inspect.Row) {
	row.Namespace, row.Name = text.Line(row.Namespace), text.Line(row.Name)
	for i, cell := range row.Cells {
		row.Cells[i] = text.Line(cell)
	}
}

func lowered(row inspect.Row) string {
	return strings.ToLower(row.Namespace + "/" + row.Name + " " + strings.Join(row.Cells, " "))
}

// merge takes what changed.
func (l *objectList) merge(c inspect.Changes) {
	under, had := l.under()
	at := make(map[types.UID]int, len(l.rows))
	for i, row := range l.rows {
		at[row.UID] = i
	}
	for _, row := range c.Put {
		clean(&row)
		if i, ok := at[row.UID]; ok {
			l.rows[i] = row
			continue
		}
		at[row.UID] = len(l.rows)
		l.rows = append(l.rows, row)
	}
	l.rows = slices.DeleteFunc(l.rows, func(r inspect.Row) bool { return slices.Contains(c.Gone, r.UID) })
	slices.SortStableFunc(l.rows, func(a, b inspect.Row) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	l.lower = l.lower[:0]
	for _, row := range l.rows {
		l.lower = append(l.lower, lowered(row))
	}
	l.version = c.Version
	l.filter()
	l.keep(under, had)
}

// keep leaves the cursor on the object that it was on.
func (l *objectList) keep(under inspect.Row, had bool) {
	if now, ok := l.under(); !had || ok && now.UID == under.UID {
		return
	}
	for i, at := range l.shown {
		if l.rows[at].UID == under.UID {
			l.table.Select(i)
			return
		}
	}
}

// filter shows the objects that the search finds.
func (l *objectList) filter() {
	l.shown = l.shown[:0]
	words := l.search.Words()
	for i, lower := range l.lower {
		if search.Match(words, lower) {
			l.shown = append(l.shown, i)
		}
	}
	l.table.Set(l.layout(), l)
}

// layout is the table's columns: the namespace, if there can be several, and those of the cluster.
func (l *objectList) layout() []table.Column {
	var out []table.Column
	if l.spaced {
		out = append(out, table.Column{Title: "Namespace", Max: 24})
	}
	for n, i := range l.kept {
		c := table.Column{Title: text.Line(l.columns[i].Name), Max: 40}
		switch {
		case n == 0:
			c.Grow, c.Max = true, 0
		case c.Title != age && n > 2:
			c.Leave = n
		}
		out = append(out, c)
	}
	return out
}

// under is the object under the cursor.
func (l *objectList) under() (inspect.Row, bool) {
	if at := l.table.Cursor(); at >= 0 && at < len(l.shown) {
		return l.rows[l.shown[at]], true
	}
	return inspect.Row{}, false
}

// Len implements table.Rows.
func (l *objectList) Len() int { return len(l.shown) }

// Cell implements table.Rows.
func (l *objectList) Cell(row, column int) string {
	r := l.rows[l.shown[row]]
	if l.spaced {
		if column == 0 {
			return r.Namespace
		}
		column--
	}
	i := l.kept[column]
	switch {
	case l.columns[i].Name == age && !r.Created.IsZero():
		return duration.HumanDuration(l.now().Sub(r.Created))
	case i < len(r.Cells):
		return r.Cells[i]
	}
	return ""
}

// title is the title of a column of the table.
func (l *objectList) title(column int) string {
	if l.spaced {
		if column == 0 {
			return "Namespace"
		}
		column--
	}
	return l.columns[l.kept[column]].Name
}
