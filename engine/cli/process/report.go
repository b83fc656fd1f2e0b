package process

import "podsec/engine"

// Description is the text of a result in reports and tables: the rule's message, or the one that the rule's
// reportProperties put in its place.
func Description(status engine.Status, rule *engine.RuleResult) string {
	for _, key := range []string{"message", string(status) + "Message"} {
		if text := rule.Properties[key]; text != "" {
			return text
		}
	}
	return rule.Message
}
