package reports

import (
	"cmp"
	"strings"

	"podsec/kube"
	"podsec/tui/style"
	"podsec/tui/text"
)

// line is one result of a report, clean, with what it is searched by.
type line struct {
	Namespace, Kind, Name string // of the object
	kube.ReportResult
	object string // "Pod shop/web"
	rule   string // "policy/rule"
	lower  string
}

// index is a state's reports as they are shown: the worst results first.
type index struct {
	lines   []line
	groups  [groupings][]group
	counts  counts
	blocked []kube.Event
}

// counts are numbers of results.
type counts struct{ pass, fail, warn, err, skip int }

func (c *counts) add(result string) {
	switch result {
	case "pass":
		c.pass++
	case "fail":
		c.fail++
	case "warn":
		c.warn++
	case "error":
		c.err++
	default:
		c.skip++
	}
}

// ranks are the results from the worst to the best.
func ranks() []string { return []string{"fail", "error", "warn", "skip", "pass"} }

// indexOf reads a state.
func indexOf(s kube.State) *index {
	x := &index{}
	buckets := map[string][]line{}
	for _, r := range s.Reports {
		object := text.Line(r.Kind) + " " + text.Line(r.Name)
		if r.Namespace != "" {
			object = text.Line(r.Kind) + " " + text.Line(r.Namespace) + "/" + text.Line(r.Name)
		}
		for _, result := range r.Results {
			l := line{Namespace: r.Namespace, Kind: r.Kind, Name: r.Name, ReportResult: result, object: object}
			l.Message = text.Line(result.Message)
			l.rule = text.Line(result.Policy) + "/" + text.Line(result.Rule)
			l.lower = strings.ToLower(object + " " + l.rule + " " + result.Result + " " + result.Severity + " " + l.Message)
			x.counts.add(result.Result)
			buckets[result.Result] = append(buckets[result.Result], l)
		}
	}
	for _, result := range ranks() {
		x.lines = append(x.lines, buckets[result]...)
		delete(buckets, result)
	}
	for _, rest := range buckets {
		x.lines = append(x.lines, rest...)
	}
	for by := range groupings {
		x.groups[by] = grouped(x.lines, by)
	}
	for _, e := range s.Events {
		if e.Blocked {
			x.blocked = append(x.blocked, e)
		}
	}
	return x
}

// grouping is what lines are grouped by.
type grouping int

const (
	byPolicy grouping = iota
	byNamespace
	bySeverity
	byResult
	byObject
	groupings
)

func (g grouping) String() string {
	return [...]string{"policy", "namespace", "severity", "result", "object"}[g]
}

// of is the group of a line.
func (g grouping) of(l *line) string {
	switch g {
	case byNamespace:
		return cmp.Or(l.Namespace, "(cluster)")
	case bySeverity:
		return cmp.Or(l.Severity, "(none)")
	case byResult:
		return l.Result
	case byObject:
		return l.object
	}
	return l.Policy
}

// symbol is a result's symbol.
func symbol(result string) string {
	switch result {
	case "pass":
		return style.Done
	case "fail", "error":
		return style.Failed
	case "warn":
		return style.Skipped
	}
	return style.Todo
}
