package process

import (
	"strings"

	"podsec/engine"
)

// Counts are how many rules said what.
type Counts struct{ Pass, Fail, Warn, Error, Skip int }

// Add counts the rules of responses. auditWarn makes failures of policies that audit warnings.
func (c *Counts) Add(auditWarn bool, responses ...Response) {
	for i := range responses {
		r := &responses[i]
		if strings.HasSuffix(r.Policy.Object().GetKind(), "MutatingPolicy") {
			c.add(r, auditWarn) // the real one counts these twice
		}
		c.add(r, auditWarn)
	}
}

func (c *Counts) add(r *Response, auditWarn bool) {
	for _, rule := range r.Rules {
		switch r.Status(&rule, auditWarn) {
		case engine.Pass:
			c.Pass++
		case engine.Fail:
			c.Fail++
		case engine.Warn:
			c.Warn++
		case engine.Error:
			c.Error++
		case engine.Skip:
			if r.Policy.Object().GetKind() != "ValidatingAdmissionPolicy" { // the real one does not count these
				c.Skip++
			}
		}
	}
}

// Status is a rule's status as it is counted: failures are warnings when the policy is not scored, and with auditWarn when
// it audits. Mutations and generations fail as they are, and so do policies without rules.
func (r *Response) Status(rule *engine.RuleResult, auditWarn bool) engine.Status {
	if r.Type == engine.Mutation || r.Type == engine.Generation || rule.Status != engine.Fail || !HasRules(r.Policy.Object().GetKind()) {
		return rule.Status
	}
	if auditWarn && r.Action == engine.Audit {
		return engine.Warn
	}
	return r.Policy.ReportStatus(rule.Status)
}
