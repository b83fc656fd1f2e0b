package labs

// negative says whether a check wants something not to be: that may hold before a step that keeps it so.
func negative(c Check) bool {
	switch c := underlying(c).(type) {
	case *objectCheck:
		return c.Absent || unset(c.Where)
	case *policyCheck:
		return c.Absent
	case *readyCheck:
		return !c.want()
	case *servedCheck:
		return !c.want()
	case *warnedCheck:
		return !c.want()
	case *admitsCheck: // nothing refuses it
		return true
	case *reportCheck:
		return c.Result == absentResult
	}
	return false
}

// unset says whether conditions only want fields not to be set.
func unset(conditions []where) bool {
	for _, w := range conditions {
		if w.Exists == nil || *w.Exists {
			return false
		}
	}
	return len(conditions) > 0
}
