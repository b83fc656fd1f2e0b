package why

import (
	"strings"

	"podsec/kube/inspect"
)

// Finding is one check of a rule that speaks against an object.
type Finding struct {
	Field string // of the object, "" for the whole
	Says  string // the field, what was found and what is wanted
	Notes []string
}

// Findings are the checks of one rule that speak against an answer's object, of every rule of the policy when rule is "".
func Findings(a inspect.Answer, policy, rule string) []Finding {
	var out []Finding
	for _, it := range decisions(a) {
		if it.weight >= warned && it.policy == policy && (rule == "" || strings.HasSuffix(it.rule, "/"+rule)) {
			out = append(out, Finding{Field: it.field, Says: it.says, Notes: it.notes})
		}
	}
	return out
}
