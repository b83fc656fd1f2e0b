package reports

import (
	"cmp"
	"strings"

	"podsec/kube"
	"podsec/kube/inspect"
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
	foretold
}

// index is a state's reports as they are shown: the worst results first.
type index struct {
	lines   []line
	groups  [groupings][]group
	counts  counts
	scanned *progress // nil before there is a forecast
	blocked []kube.Event
}

// counts are numbers of results; come are those that are to come, and differ those that are not as predicted.
type counts struct{ pass, fail, warn, err, skip, come, differ int }

func (c *counts) add(l *line) {
	if l.state == differs {
		c.differ++
	}
	switch l.Result {
	case toCome:
		c.come++
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
func ranks() []string { return []string{"fail", "error", "warn", toCome, "skip", "pass"} }

// indexOf reads a state, beside a forecast when there is one.
func indexOf(s kube.State, f *inspect.Forecast) *index {
	x := &index{}
	buckets := map[string][]line{}
	beside := compare(s.Reports, f)
	x.scanned = beside.progress
	for _, r := range s.Reports {
		ref := inspect.Ref{Kind: r.Kind, Namespace: r.Namespace, Name: r.Name}
		for _, result := range r.Results {
			l := lineOf(ref, result)
			l.foretold = beside.of(ref, result)
			x.counts.add(&l)
			buckets[result.Result] = append(buckets[result.Result], l)
		}
	}
	for _, l := range beside.toCome() {
		x.counts.add(&l)
		buckets[toCome] = append(buckets[toCome], l)
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

// lineOf is a line about an object.
func lineOf(ref inspect.Ref, result kube.ReportResult) line {
	object := text.Line(ref.Kind) + " " + text.Line(ref.Name)
	if ref.Namespace != "" {
		object = text.Line(ref.Kind) + " " + text.Line(ref.Namespace) + "/" + text.Line(ref.Name)
	}
	l := line{Namespace: ref.Namespace, Kind: ref.Kind, Name: ref.Name, ReportResult: result, object: object}
	l.Message = text.Line(result.Message)
	l.rule = text.Line(result.Policy) + "/" + text.Line(result.Rule)
	l.lower = strings.ToLower(object + " " + l.rule + " " + result.Result + " " + result.Severity + " " + l.Message)
	return l
}

// grouping is what lines are grouped by.
type grouping int

const (
	byPolicy grouping = iota
	byNamespace
	bySeverity
	byResult
	byObject
	byPrediction
	groupings
)

func (g grouping) String() string {
	return [...]string{"policy", "namespace", "severity", "result", "object", "prediction"}[g]
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
	case byPrediction:
		return l.state.String()
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
