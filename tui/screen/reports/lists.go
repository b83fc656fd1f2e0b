package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"podsec/kube"
	"podsec/tui/text"
	"podsec/tui/widget/search"
	"podsec/tui/widget/table"
)

// group is lines that have something in common.
type group struct {
	name string
	counts
}

// groupList is the list of groups.
type groupList struct {
	table table.Table
	all   []group
}

// grouped counts the groups of lines, those with most failures first.
func grouped(lines []line, by grouping) []group {
	at := map[string]int{}
	var all []group
	for i := range lines {
		name := by.of(&lines[i])
		n, ok := at[name]
		if !ok {
			n = len(all)
			at[name] = n
			all = append(all, group{name: name})
		}
		all[n].add(&lines[i])
	}
	slices.SortStableFunc(all, func(a, b group) int {
		return cmp.Or(cmp.Compare(b.fail+b.err, a.fail+a.err), cmp.Compare(b.warn, a.warn), cmp.Compare(a.name, b.name))
	})
	return all
}

func (g *groupList) set(x *index, by grouping) {
	under := g.under()
	g.all = x.groups[by]
	title := by.String()
	columns := []table.Column{
		{Title: strings.ToUpper(title[:1]) + title[1:], Grow: true}, {Title: "Fail", Right: true}, {Title: "Error", Right: true},
		{Title: "Warn", Right: true, Leave: 3}, {Title: "Pass", Right: true}, {Title: "Skip", Right: true, Leave: 4},
	}
	if x.scanned != nil {
		columns = append(columns, table.Column{Title: "To come", Right: true, Leave: 2}, table.Column{Title: "Differ", Right: true, Leave: 1})
	}
	g.table.Set(columns, g)
	if i := slices.IndexFunc(g.all, func(o group) bool { return o.name == under }); i >= 0 {
		g.table.Select(i)
	}
}

// under is the name of the group under the cursor.
func (g *groupList) under() string {
	if at := g.table.Cursor(); at >= 0 && at < len(g.all) {
		return g.all[at].name
	}
	return ""
}

// Len implements table.Rows.
func (g *groupList) Len() int { return len(g.all) }

// Cell implements table.Rows.
func (g *groupList) Cell(row, column int) string {
	o := g.all[row]
	if column == 0 {
		return text.Line(o.name)
	}
	return strconv.Itoa([]int{o.fail, o.err, o.warn, o.pass, o.skip, o.come, o.differ}[column-1])
}

// lineList is the lines of a group.
type lineList struct {
	table table.Table
	group string // "" for all
	whole bool   // of all groups
	from  *index
	shown []int
	cells []field // what the columns show
	open  line    // the one that is read
}

func (l *lineList) set(x *index, by grouping, words []string) {
	l.from, l.shown = x, l.shown[:0]
	for i := range x.lines {
		if (l.whole || by.of(&x.lines[i]) == l.group) && search.Match(words, x.lines[i].lower) {
			l.shown = append(l.shown, i)
		}
	}
	columns := []table.Column{{Title: "Result"}}
	l.cells = []field{theResult}
	if x.scanned != nil {
		columns = append(columns, table.Column{Title: "Predicted"})
		l.cells = append(l.cells, thePrediction)
	}
	columns = append(columns, table.Column{Title: "Object", Max: 44, Min: 30, Grow: true}, table.Column{Title: "Policy/Rule", Max: 40, Min: 16, Grow: true},
		table.Column{Title: "Severity", Leave: 2}, table.Column{Title: "Message", Grow: true, Leave: 1})
	l.cells = append(l.cells, theObject, theRule, theSeverity, theMessage)
	l.table.Set(columns, l)
}

// field is a part of a line.
type field int

const (
	theResult field = iota
	thePrediction
	theObject
	theRule
	theSeverity
	theMessage
)

// under is the line under the cursor.
func (l *lineList) under() (line, bool) {
	if at := l.table.Cursor(); at >= 0 && at < len(l.shown) {
		return l.from.lines[l.shown[at]], true
	}
	return line{}, false
}

// Len implements table.Rows.
func (l *lineList) Len() int { return len(l.shown) }

// Cell implements table.Rows.
func (l *lineList) Cell(row, column int) string {
	r := &l.from.lines[l.shown[row]]
	switch l.cells[column] {
	case theResult:
		return symbol(r.Result) + " " + text.Line(r.Result)
	case thePrediction:
		return r.says(r.Result)
	case theObject:
		return r.object
	case theRule:
		return r.rule
	case theSeverity:
		return text.Line(r.Severity)
	}
	return r.Message
}

// eventList is the requests that were blocked.
type eventList struct {
	table table.Table
	now   func() time.Time
	all   []kube.Event
	open  kube.Event
}

func (l *eventList) set(all []kube.Event) {
	l.all = all
	l.table.Set([]table.Column{{Title: "Ago"}, {Title: "Policy", Max: 28, Grow: true}, {Title: "×", Right: true, Leave: 1}, {Title: "Blocked", Grow: true}}, l)
}

// under is the request under the cursor.
func (l *eventList) under() (kube.Event, bool) {
	if at := l.table.Cursor(); at >= 0 && at < len(l.all) {
		return l.all[at], true
	}
	return kube.Event{}, false
}

// Len implements table.Rows.
func (l *eventList) Len() int { return len(l.all) }

// Cell implements table.Rows.
func (l *eventList) Cell(row, column int) string {
	e := l.all[row]
	switch column {
	case 0:
		return duration.HumanDuration(l.now().Sub(e.Time))
	case 1:
		return text.Line(policyOf(e))
	case 2:
		return strconv.Itoa(e.Count)
	}
	return text.Line(e.Message)
}

// policyOf is the name of the policy that blocked.
func policyOf(e kube.Event) string {
	if _, name, found := strings.Cut(e.Object, "/"); found {
		return name
	}
	return e.Object
}

// trend is the number of failures since the lab began, whenever it changed.
type trend []int

// points is how many changes are remembered.
const points = 24

func (t *trend) add(s kube.State) {
	fails := 0
	for _, r := range s.Reports {
		fails += r.Fail
	}
	if n := len(*t); n > 0 && (*t)[n-1] == fails {
		return
	}
	*t = append(*t, fails)
	if len(*t) > points {
		*t = (*t)[len(*t)-points:]
	}
}

// String draws the numbers as bars, and says the first and the last.
func (t trend) String() string {
	if len(t) < 2 {
		return ""
	}
	bars := []rune("▁▂▃▄▅▆▇█")
	most := max(1, slices.Max(t))
	var out strings.Builder
	for _, n := range t {
		out.WriteRune(bars[n*(len(bars)-1)/most])
	}
	return fmt.Sprintf("%s %d → %d", out.String(), t[0], t[len(t)-1])
}
