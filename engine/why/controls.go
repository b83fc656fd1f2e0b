package why

import (
	"podsec/engine/pss"
)

// describeControls notes the control behind each failed check of a podSecurity rule, which come in the order of the
// result's violations and their fields.
func describeControls(checks []Check, result *pss.Result) {
	if result == nil || result.Allowed {
		return
	}
	next := 0
	for _, v := range result.Violations {
		for i := range max(len(v.Fields), 1) {
			if next >= len(checks) {
				return
			}
			checks[next].Control = controlOf(v, i)
			checks[next].Note = v.Reason
			next++
		}
	}
}

// controlOf is the control of a violation's field.
func controlOf(v pss.Violation, field int) *Control {
	c := &Control{ID: v.ID, Name: v.Control, Level: v.Level, Version: v.Since}
	if field < len(v.Fields) {
		c.Values, c.Found = v.Fields[field].Allowed, v.Fields[field].Found
	}
	return c
}
