package policies

import (
	"podsec/engine/why"
	"podsec/kube/inspect"
	"podsec/tui/text"
	"podsec/tui/widget/table"
)

// matchList is what a policy looks at now.
type matchList struct {
	table table.Table
	inspect.Matches
	asked bool
}

func (l *matchList) set(found inspect.Matches) {
	l.Matches, l.asked = found, true
	l.table.Set([]table.Column{
		{Title: "Object", Grow: true, Max: 60}, {Title: "Verdict"}, {Title: "Rule", Max: 36, Leave: 2}, {Title: "Says", Grow: true, Leave: 1},
	}, l)
}

// under is the object under the cursor.
func (l *matchList) under() (inspect.Match, bool) {
	if at := l.table.Cursor(); at >= 0 && at < len(l.Found) {
		return l.Found[at], true
	}
	return inspect.Match{}, false
}

// Len implements table.Rows.
func (l *matchList) Len() int { return len(l.Found) }

// Cell implements table.Rows.
func (l *matchList) Cell(row, column int) string {
	o := l.Found[row]
	rule := worst(o.Rules)
	switch column {
	case 0:
		return text.Line(o.Kind + " " + o.Ref.String())
	case 1:
		return string(o.Verdict)
	case 2:
		return text.Line(rule.Rule)
	}
	return text.Line(string(rule.Outcome) + ": " + rule.Message)
}

// worst is the rule that fails, else the first one.
func worst(rules []inspect.RuleVerdict) inspect.RuleVerdict {
	for _, r := range rules {
		if r.Outcome == why.Fails || r.Outcome == why.Errs {
			return r
		}
	}
	return rules[0]
}
