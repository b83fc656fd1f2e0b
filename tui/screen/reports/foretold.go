package reports

import (
	"podsec/kube"
	"podsec/kube/inspect"
	"podsec/tui/style"
	"podsec/tui/text"
)

// toCome is the result of a line that is predicted and not reported yet.
const toCome = "to come"

// standing is how a line stands to what is predicted of it.
type standing int

const (
	unforetold standing = iota // of a policy that scans do not use, or there is no forecast
	agrees
	differs
	awaited
)

// String names the group of such lines.
func (s standing) String() string {
	return [...]string{"not predicted", "as predicted", "differs", toCome}[s]
}

// foretold is what is predicted of a line.
type foretold struct {
	state    standing
	expected *inspect.Line // nil for nothing, or for what is reported
}

// says is the predicted result in a word or two, for a line with the given result.
func (f foretold) says(result string) string {
	switch {
	case f.state == agrees:
		return text.Line(result)
	case f.state == awaited:
		return text.Line(f.expected.Result)
	case f.state == unforetold:
		return ""
	case f.expected == nil:
		return style.Skipped + " nothing"
	case f.expected.Result == result:
		return style.Skipped + " message"
	}
	return style.Skipped + " " + text.Line(f.expected.Result)
}

// told is the prediction in a sentence.
func (f foretold) told() string {
	switch {
	case f.state == agrees:
		return "the same"
	case f.state == awaited:
		return f.expected.Result + ": Kyverno's background scan has not reported it yet"
	case f.state == unforetold:
		return ""
	case f.expected == nil:
		return "nothing. The object or a policy may have changed since the scan"
	}
	return f.expected.Result + ": " + f.expected.Message
}

// progress is how far a background scan is, in objects.
type progress struct{ objects, awaited int }

// comparison is what reports say beside a forecast.
type comparison struct {
	*progress // nil without a forecast
	forecast  *inspect.Forecast
	differ    map[place]inspect.Disagreement
	missing   []inspect.Disagreement
}

// place is a rule and the object that it is about.
type place struct {
	inspect.Ref
	policy, rule string
}

// compare compares reports with a forecast, nil for none.
func compare(reports []kube.Report, f *inspect.Forecast) comparison {
	out := comparison{forecast: f, differ: map[place]inspect.Disagreement{}}
	if f == nil {
		return out
	}
	found := f.Compare(said(reports))
	out.progress = &progress{objects: found.Objects}
	before := inspect.Ref{}
	for _, d := range found.Differ {
		if d.Reported != nil {
			out.differ[place{d.Ref, d.Reported.Policy, d.Reported.Rule}] = d
			continue
		}
		out.missing = append(out.missing, d)
		if d.Ref != before { // they are sorted
			out.awaited, before = out.awaited+1, d.Ref
		}
	}
	return out
}

// said is what reports say, as it is compared.
func said(reports []kube.Report) []inspect.Prediction {
	out := make([]inspect.Prediction, len(reports))
	for i, r := range reports {
		out[i].Ref = inspect.Ref{Kind: r.Kind, Namespace: r.Namespace, Name: r.Name}
		for _, l := range r.Results {
			out[i].Lines = append(out[i].Lines, inspect.Line{Policy: l.Policy, Rule: l.Rule, Result: l.Result, Message: l.Message})
		}
	}
	return out
}

// of is what is predicted of a reported line.
func (c comparison) of(ref inspect.Ref, r kube.ReportResult) foretold {
	if c.progress == nil || !c.forecast.Policies[r.Policy] {
		return foretold{}
	}
	if d, ok := c.differ[place{ref, r.Policy, r.Rule}]; ok {
		return foretold{state: differs, expected: d.Predicted}
	}
	return foretold{state: agrees}
}

// toCome are the lines that are predicted and not reported yet.
func (c comparison) toCome() []line {
	var out []line
	for _, d := range c.missing {
		l := lineOf(d.Ref, kube.ReportResult{Policy: d.Predicted.Policy, Rule: d.Predicted.Rule, Result: toCome, Message: d.Predicted.Message})
		l.foretold = foretold{state: awaited, expected: d.Predicted}
		out = append(out, l)
	}
	return out
}
