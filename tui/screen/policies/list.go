package policies

import (
	"cmp"
	"sort"
	"strconv"
	"strings"

	"podsec/kube"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/table"
)

// row is a policy, or a namespace with its Pod Security labels.
type row struct {
	namespace bool
	key       string // of a policy
	name      string
	kind      string
	decides   string // the actions, or the levels
	does      string
	rules     int
	ready     bool
	fails     int
	psa       map[string]string
}

// list is what decides in the cluster: policies, then namespaces.
type list struct {
	table    table.Table
	rows     []row
	policies int
	moved    bool // by the learner: the cursor stays on its row
}

func (l *list) set(s kube.State) {
	under, had := l.under()
	fails := map[string]int{}
	for _, r := range s.Reports {
		for _, result := range r.Results {
			if result.Result == "fail" || result.Result == "error" {
				fails[result.Policy]++
			}
		}
	}
	l.rows = l.rows[:0]
	for _, p := range s.Policies {
		r := rowOf(p)
		r.fails = fails[r.key]
		l.rows = append(l.rows, r)
	}
	l.policies = len(l.rows)
	for _, own := range []bool{true, false} { // those of the cluster itself come last
		for _, n := range s.Namespaces {
			if system(n.Name) != own {
				l.rows = append(l.rows, row{namespace: true, name: n.Name, kind: "Namespace", decides: levels(n.PSA), psa: n.PSA, ready: true})
			}
		}
	}
	l.table.Set([]table.Column{
		{Title: "Name", Grow: true}, {Title: "Kind", Leave: 3}, {Title: "Decides", Max: 44, Grow: true}, {Title: "Does", Max: 24, Leave: 2},
		{Title: "Rules", Right: true, Leave: 4}, {Title: "Ready"}, {Title: "Fails", Right: true},
	}, l)
	for i, r := range l.rows {
		if had && l.moved && r.name == under.name && r.key == under.key && r.namespace == under.namespace {
			l.table.Select(i)
		}
	}
}

// system reports whether a namespace belongs to the cluster itself.
func system(namespace string) bool {
	return strings.HasPrefix(namespace, "kube-") || namespace == "kyverno"
}

func rowOf(p kube.Policy) row {
	name := p.Name
	if p.Namespace != "" {
		name = p.Namespace + "/" + p.Name
	}
	return row{
		key: name, name: name, kind: p.Kind, decides: strings.Join(p.Actions, ", "), does: strings.Join(p.Types, ", "),
		rules: p.Rules, ready: p.Ready,
	}
}

// levels writes the modes of Pod Security Admission in the order of its documentation.
func levels(psa map[string]string) string {
	var modes []string
	for mode := range psa {
		modes = append(modes, mode)
	}
	order := map[string]int{"enforce": 1, "audit": 2, "warn": 3}
	sort.Slice(modes, func(i, j int) bool { return order[modes[i]] < order[modes[j]] })
	var out []string
	for _, mode := range modes {
		out = append(out, mode+" "+strings.TrimSuffix(psa[mode], ":latest"))
	}
	return cmp.Or(strings.Join(out, ", "), "no labels")
}

// under is the row under the cursor.
func (l *list) under() (row, bool) {
	if at := l.table.Cursor(); at >= 0 && at < len(l.rows) {
		return l.rows[at], true
	}
	return row{}, false
}

// Len implements table.Rows.
func (l *list) Len() int { return len(l.rows) }

// Cell implements table.Rows.
func (l *list) Cell(at, column int) string {
	r := l.rows[at]
	switch column {
	case 0:
		return text.Line(r.name)
	case 1:
		return text.Line(r.kind)
	case 2:
		return text.Line(r.decides)
	case 3:
		return text.Line(r.does)
	}
	if r.namespace {
		return ""
	}
	switch column {
	case 4:
		return strconv.Itoa(r.rules)
	case 5:
		if r.ready {
			return style.Done
		}
		return style.Failed
	}
	return strconv.Itoa(r.fails)
}
