package engine

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/overlay"
)

// check is what a validate rule, or one entry of its foreach, demands: deny, pattern, anyPattern or foreach.
type check struct {
	rule       *rule
	path       string // of the block in the policy
	pattern    *pattern
	anyPattern []*pattern
	deny       *deny
	forEach    []foreachValidation
	element    map[string]any // of a foreach; nil is the whole resource
	field      string         // where the element is in the resource; empty when the list is no plain path
	nesting    int
	trace      func(steps ...Step) // nil: nobody wants to know
}

// check returns what the rule demands.
func (v *validator) check() *check {
	block := v.rule.Validate
	c := &check{
		rule: v.rule, path: v.rule.path + ".validate", pattern: v.rule.pattern, anyPattern: v.rule.anyPattern,
		deny: block.Deny, forEach: block.ForEach,
	}
	if v.traced() {
		c.trace = v.trace
	}
	return c
}

func (c *check) note(steps ...Step) {
	if c.trace != nil {
		c.trace(steps...)
	}
}

// judge says whether a resource (nil for a deletion) meets the demands; nil says nothing. The variables of patterns are
// replaced once: a second judgement uses the same values, as in Kyverno.
func (c *check) judge(s *scope, resource *unstructured.Unstructured) *verdict {
	switch {
	case c.deny != nil:
		return c.judgeDeny(s, resource)
	case c.pattern != nil || c.anyPattern != nil:
		if err := c.substitute(s); err != nil {
			return broken("variable substitution failed", err)
		}
		return c.judgePatterns(s, resource)
	case c.forEach != nil:
		return c.judgeForEach(s, resource)
	}
	return nil
}

func (c *check) substitute(s *scope) error {
	if c.pattern != nil {
		resolved, err := c.pattern.resolved(s)
		if err == nil {
			c.pattern = resolved
		}
		return err
	}
	resolved := make([]*pattern, len(c.anyPattern))
	for i, p := range c.anyPattern {
		var err error
		if resolved[i], err = p.resolved(s); err != nil {
			return err
		}
	}
	c.anyPattern = resolved
	return nil
}

// judgeDeny fails when the conditions hold.
func (c *check) judgeDeny(s *scope, resource *unstructured.Unstructured) *verdict {
	holds, message, trace, err := c.deny.Conditions.evaluate(s, PhaseDeny, c.path+".deny.conditions")
	if len(trace) > 0 {
		c.note(c.inElement(trace, resource)...)
	}
	if err != nil {
		c.note(Step{Phase: PhaseDeny, Clause: c.path + ".deny.conditions", Note: err.Error()})
		return broken("failed to check deny conditions", err)
	}
	if !holds {
		return passed(fmt.Sprintf("validation rule '%s' passed.", c.rule.Name))
	}
	if len(trace) == 0 && c.trace != nil {
		c.note(Step{Phase: PhaseDeny, OK: true, Clause: c.path + ".deny", Note: "there are no conditions: everything that matches is denied"})
	}
	return failed(c.denyMessage(s, message))
}

func (c *check) denyMessage(s *scope, message string) string {
	own := c.rule.Validate.Message
	if own == "" && message == "" {
		return fmt.Sprintf("validation error: rule %s failed", c.rule.Name)
	}
	value, err := s.substitute(joinNonEmpty([]string{own, message}, "; "))
	if err != nil {
		return message
	}
	if text, ok := value.(string); ok {
		return text
	}
	return "the produced message didn't resolve to a string, check your policy definition."
}

// judgePatterns compares the element or the resource with pattern or anyPattern. Deletions are not compared.
func (c *check) judgePatterns(s *scope, resource *unstructured.Unstructured) *verdict {
	object := c.element
	if object == nil {
		if resource == nil {
			return nil
		}
		object = resource.Object
	}
	if c.pattern == nil {
		return c.judgeAny(s, object, resource)
	}
	failure := c.pattern.match(object)
	c.explain(c.pattern, object, failure, resource)
	switch {
	case failure == nil:
		return passed(fmt.Sprintf("validation rule '%s' passed.", c.rule.Name))
	case failure.Skip:
		return skipped(failure.Text)
	case failure.Path == "":
		return broken(c.message(s, failure, ""), nil)
	}
	return failed(c.message(s, failure, failure.Path))
}

// explain notes the outcome of a match, when somebody wants to know.
func (c *check) explain(p *pattern, object map[string]any, failure *overlay.Failure, resource *unstructured.Unstructured) {
	if c.trace != nil {
		c.trace(c.step(p, object, failure, resource))
	}
}

// step explains the outcome of a match, its field as one of the resource when an element was matched.
func (c *check) step(p *pattern, object map[string]any, failure *overlay.Failure, resource *unstructured.Unstructured) Step {
	step := p.step(object, failure)
	if c.element == nil {
		return step
	}
	base := c.field
	if base == "" && failure != nil && resource != nil {
		base = elementPlace(c.element, resource.Object, "")
	}
	if base == "" {
		step.Pattern = nil // nobody could tell what it is about
		return step
	}
	step.Field, step.Base = joinPath(base, step.Field), base
	return step
}

// inElement names the fields of conditions on the element of a foreach as fields of the resource.
func (c *check) inElement(trace Trace, resource *unstructured.Unstructured) Trace {
	base := c.field
	if base == "" && c.element != nil && resource != nil && len(trace) > 0 {
		base = elementPlace(c.element, resource.Object, "")
	}
	if base == "" {
		return trace
	}
	for i, step := range trace {
		trace[i].Base = base
		if step.Field == "element" {
			trace[i].Field = base
		} else if rest, ok := strings.CutPrefix(step.Field, "element."); ok {
			trace[i].Field = joinPath(base, rest)
		}
	}
	return trace
}

// message is the text of a resource that does not match the pattern at a path, or could not be compared.
func (c *check) message(s *scope, failure *overlay.Failure, path string) string {
	what := "failed at path " + path
	if path == "" {
		what = "execution error: " + failure.Text
	}
	if c.rule.Validate.Message == "" {
		return fmt.Sprintf("validation error: rule %s %s", c.rule.Name, what)
	}
	message, err := s.message(c.rule.Validate.Message)
	if err != nil {
		return fmt.Sprintf("validation error: variables substitution error in rule %s execution error: %s", c.rule.Name, failure.Text)
	}
	return fmt.Sprintf("validation error: %s rule %s %s", message, c.rule.Name, what)
}

// message replaces the variables of a message and ends it with a full stop.
func (s *scope) message(text string) (string, error) {
	value, err := s.substitute(text)
	if err != nil {
		return "", err
	}
	message, err := printed(value, false)
	if err != nil {
		return "", err
	}
	if !strings.HasSuffix(message, ".") {
		message += "."
	}
	return message, nil
}

// judgeAny compares with anyPattern: one match is enough. Patterns that do not apply only count when none failed.
func (c *check) judgeAny(s *scope, object map[string]any, resource *unstructured.Unstructured) *verdict {
	var failures, skips []string
	for i, p := range c.anyPattern {
		failure := p.match(object)
		c.explain(p, object, failure, resource)
		switch {
		case failure == nil:
			return passed(fmt.Sprintf("validation rule '%s' anyPattern[%d] passed.", c.rule.Name, i))
		case failure.Skip:
			skips = append(skips, fmt.Sprintf("rule %s[%d] skipped: %s", c.rule.Name, i, failure.Text))
		case failure.Path == "":
			failures = append(failures, fmt.Sprintf("rule %s[%d] failed: %s", c.rule.Name, i, failure.Text))
		default:
			failures = append(failures, fmt.Sprintf("rule %s[%d] failed at path %s", c.rule.Name, i, failure.Path))
		}
	}
	switch {
	case len(failures) > 0:
		return failed(c.anyMessage(s, strings.Join(failures, " ")))
	case len(skips) > 0:
		return skipped(strings.Join(skips, " "))
	}
	return passed(c.rule.Validate.Message)
}

func (c *check) anyMessage(s *scope, failures string) string {
	if c.rule.Validate.Message == "" {
		return "validation error: " + failures
	}
	message, err := s.message(c.rule.Validate.Message)
	if err != nil {
		return fmt.Sprintf("validation error: variables substitution error in rule %s execution error: %s", c.rule.Name, failures)
	}
	return fmt.Sprintf("validation error: %s %s", message, failures)
}
