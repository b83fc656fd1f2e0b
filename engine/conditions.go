package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"podsec/engine/condition"
)

// conditions are preconditions or deny.conditions: any and all, or the older plain list.
type conditions struct {
	Any   []oneCondition `json:"any"`
	All   []oneCondition `json:"all"`
	plain []oneCondition
}

// oneCondition compares a key with a value.
type oneCondition struct {
	Key      any    `json:"key"`
	Operator string `json:"operator"`
	Value    any    `json:"value"`
	Message  string `json:"message"`
}

// UnmarshalJSON reads both forms.
func (c *conditions) UnmarshalJSON(data []byte) error {
	if strings.HasPrefix(strings.TrimSpace(string(data)), "[") {
		return json.Unmarshal(data, &c.plain)
	}
	type plainly conditions
	return json.Unmarshal(data, (*plainly)(c))
}

// evaluate says whether the conditions hold, and joins the messages of those that decided it. Steps say which did. No
// conditions hold.
func (c *conditions) evaluate(s *scope, phase Phase, path string) (bool, string, Trace, error) {
	if c == nil {
		return true, "", nil, nil
	}
	if c.plain != nil {
		return c.evaluatePlain(s, phase, path)
	}
	trace, outcome := Trace(nil), outcome{anyHolds: c.Any == nil, allHold: true}
	for i, one := range c.Any {
		holds, steps, err := one.evaluate(s, phase, path+".any", i)
		if err != nil {
			return false, "", trace, err
		}
		trace = append(trace, steps...)
		outcome.note(holds, one.Message)
		if outcome.anyHolds = holds; holds {
			break
		}
	}
	for i, one := range c.All {
		holds, steps, err := one.evaluate(s, phase, path+".all", i)
		if err != nil {
			return false, "", trace, err
		}
		trace = append(trace, steps...)
		outcome.note(holds, one.Message)
		if outcome.allHold = holds; !holds {
			break
		}
	}
	holds, message := outcome.verdict()
	return holds, message, trace, nil
}

// outcome collects what any and all said.
type outcome struct {
	anyHolds, allHold bool
	held, failed      []string // messages
}

func (o *outcome) note(holds bool, message string) {
	if holds {
		o.held = append(o.held, message)
	} else {
		o.failed = append(o.failed, message)
	}
}

func (o *outcome) verdict() (holds bool, message string) {
	if o.anyHolds && o.allHold {
		return true, joinNonEmpty(o.held, "; ")
	}
	return false, joinNonEmpty(o.failed, "; ")
}

// evaluatePlain evaluates the older list, of which every condition must hold.
func (c *conditions) evaluatePlain(s *scope, phase Phase, path string) (bool, string, Trace, error) {
	var trace Trace
	var held []string
	for i, one := range c.plain {
		holds, steps, err := one.evaluate(s, phase, path, i)
		if err != nil {
			return false, "", trace, err
		}
		trace = append(trace, steps...)
		if !holds {
			return false, one.Message, trace, nil
		}
		held = append(held, one.Message)
	}
	return true, joinNonEmpty(held, ";"), trace, nil
}

// evaluate says whether the condition holds; list and index say where it stands in the policy.
func (c *oneCondition) evaluate(s *scope, phase Phase, list string, index int) (bool, Trace, error) {
	key, err := s.substitute(c.Key)
	if err != nil {
		return false, nil, fmt.Errorf("failed to substitute variables in condition key: %w", err)
	}
	value, err := s.substitute(c.Value)
	if err != nil {
		return false, nil, fmt.Errorf("failed to substitute variables in condition value: %w", err)
	}
	holds, known := condition.Evaluate(c.Operator, key, value)
	if !known {
		return false, nil, errors.New("failed to create handler for condition operator: %!w(<nil>)")
	}
	if !s.traced() {
		return holds, nil, nil
	}
	step := Step{
		Phase: phase, OK: holds, Clause: fmt.Sprintf("%s[%d]", list, index), Field: fieldOf(c.Key), Found: toJSON(key),
		Wanted: c.Operator + " " + toJSON(value), Note: c.Message,
	}
	if !hasVariables(c.Key) && hasVariables(c.Value) {
		step.Field, step.Found, step.Reversed = fieldOf(c.Value), toJSON(value), true
		step.Wanted = toJSON(key) + " " + c.Operator
	}
	return holds, Trace{step}, nil
}

// fieldOf is the field of the resource that a key or a value reads, or what is written there.
func fieldOf(side any) string {
	text, ok := side.(string)
	if !ok {
		return toJSON(side)
	}
	if inner, ok := strings.CutPrefix(text, "{{"); ok {
		if inner, ok = strings.CutSuffix(inner, "}}"); ok {
			switch root, path := expressionField(inner); root {
			case "request.object":
				return path
			case "element":
				return joinPath(root, path)
			}
		}
	}
	return text
}

func joinNonEmpty(parts []string, separator string) string {
	var kept []string
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, separator)
}
