package policycheck

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// operators are those of conditions. Kyverno lists them in the order of a Go map; this is one that it printed.
var operators = []string{
	"AllIn", "NotEqual", "NotIn", "DurationGreaterThan", "Equals", "AnyNotIn", "AllNotIn", "LessThanOrEquals",
	"DurationLessThanOrEquals", "DurationLessThan", "Equal", "In", "AnyIn", "GreaterThanOrEquals", "GreaterThan",
	"LessThan", "DurationGreaterThanOrEquals", "NotEquals",
}

// checkResources checks match, exclude and all conditions of a rule. It returns Kyverno's path of what is wrong.
func checkResources(r *rule) (string, error) {
	if path, err := checkBlocks(r); err != nil {
		return path, err
	}
	if path, err := checkConditions(r.Preconditions, "validate.preconditions"); err != nil {
		return path, err
	}
	if v := r.Validate; v != nil {
		if v.Deny != nil {
			if path, err := checkConditions(v.Deny.Conditions, "validate.deny.conditions"); err != nil {
				return path, err
			}
		}
		if path, err := checkForEachConditions(v.ForEach, "validate.foreach"); err != nil {
			return path, err
		}
	}
	if r.Mutate != nil {
		if path, err := checkForEachMutate(r.Mutate.ForEach, "mutate.foreach"); err != nil {
			return path, err
		}
	}
	return checkImageConditions(r)
}

// checkBlocks refuses mixtures of the older and the newer form.
func checkBlocks(r *rule) (string, error) {
	if e := r.Exclude; e != nil {
		if (len(e.Any) > 0 || len(e.All) > 0) && !e.Resources.empty() {
			return "exclude.", errors.New("can't specify any/all together with exclude resources")
		}
		if len(e.Any) > 0 && len(e.All) > 0 {
			return "match.", errors.New("can't specify any and all together")
		}
	}
	m := &r.Match
	if (len(m.Any) > 0 || len(m.All) > 0) && !m.Resources.empty() {
		return "match.", errors.New("can't specify any/all together with match resources")
	}
	empty := func(f filter) bool { return f.Resources.empty() }
	none := false
	switch {
	case len(m.Any) > 0:
		none = slices.ContainsFunc(m.Any, empty)
	case len(m.All) > 0:
		none = slices.ContainsFunc(m.All, empty)
	default:
		none = m.Resources.empty()
	}
	if none {
		return "match.resources.", errors.New("match resources not specified")
	}
	return "", nil
}

// checkConditions checks values and operators of preconditions or deny conditions.
func checkConditions(c *conditions, path string) (string, error) {
	if c == nil {
		return "", nil
	}
	for _, check := range []func(condition) (string, error){checkValue, checkOperator} {
		if p, err := eachCondition(c, path, check); err != nil {
			return p, err
		}
	}
	return "", nil
}

func eachCondition(c *conditions, path string, check func(condition) (string, error)) (string, error) {
	for i, cond := range c.list {
		if p, err := check(cond); err != nil {
			return fmt.Sprintf("%s[%d].%s", path, i, p), err
		}
	}
	for i, cond := range c.Any {
		if p, err := check(cond); err != nil {
			return fmt.Sprintf("%s.any[%d].%s", path, i, p), err
		}
	}
	for i, cond := range c.All {
		if p, err := check(cond); err != nil {
			return fmt.Sprintf("%s.all[%d].%s", path, i, p), err
		}
	}
	return "", nil
}

func checkOperator(c condition) (string, error) {
	if slices.Contains(operators, c.Operator) {
		return "", nil
	}
	return "", fmt.Errorf("entered value of `operator` is invalid. valid values: %+q", operators)
}

// checkValue requires key, operator and value, and known values for request.operation.
func checkValue(c condition) (string, error) {
	if c.Key == nil || c.Value == nil || c.Operator == "" {
		return "", errors.New("entered value of `key`, `value` or `operator` is missing or misspelled")
	}
	key, _ := c.Key.(string)
	if strings.ReplaceAll(key, " ", "") != "{{request.operation}}" {
		return "", nil
	}
	switch value := c.Value.(type) {
	case string:
		isVariable := len(value) >= 4 && strings.HasPrefix(value, "{{") && strings.HasSuffix(value, "}}")
		if !isVariable && !isOperation(value) {
			return "value: " + value, unknownOperation(value)
		}
	case []any:
		return checkOperationList(value)
	default:
		return "value", fmt.Errorf("'value' field found to be of the type %v. The provided value/values are expected to be either in the form of a string or list", kindOf(value))
	}
	return "", nil
}

func checkOperationList(values []any) (string, error) {
	for i, value := range values {
		path := fmt.Sprintf("value[%d]", i)
		text, ok := value.(string)
		if !ok {
			return path, fmt.Errorf("'value[%d]' found to be of the type %T. The provided values are expected to be strings", i, value)
		}
		if !isOperation(text) {
			return path, unknownOperation(text)
		}
	}
	return "", nil
}

func isOperation(value string) bool {
	return value == "CREATE" || value == "UPDATE" || value == "DELETE" || value == "CONNECT"
}

func unknownOperation(value string) error {
	return fmt.Errorf("unknown value '%s' found under the 'value' field. Only the following values are allowed: [CREATE, UPDATE, DELETE, CONNECT]", value)
}

// kindOf names the kind of a JSON value in Go's words, which Kyverno prints.
func kindOf(value any) string {
	switch value.(type) {
	case bool:
		return "bool"
	case map[string]any:
		return "map"
	default:
		return "float64"
	}
}

// checkAnyAll checks the operators of conditions that have only the newer form. Kyverno says any of both lists.
func checkAnyAll(c *anyAll, path string) (string, error) {
	if c == nil {
		return "", nil
	}
	for _, list := range [][]condition{c.Any, c.All} {
		for i, cond := range list {
			if _, err := checkOperator(cond); err != nil {
				return fmt.Sprintf("%s.any[%d].", path, i), err
			}
		}
	}
	return "", nil
}

func checkForEachConditions(list []foreachValidation, path string) (string, error) {
	for _, f := range list {
		if p, err := checkAnyAll(f.Preconditions, path+".conditions"); err != nil {
			return p, err
		}
		if f.Deny != nil && f.Deny.Conditions != nil {
			if p, err := eachCondition(f.Deny.Conditions, path+".deny.conditions", checkOperator); err != nil {
				return p, err
			}
		}
		if p, err := checkForEachConditions(f.ForEach, path); err != nil {
			return path + "." + p, err
		}
	}
	return "", nil
}

func checkForEachMutate(list []foreachMutation, path string) (string, error) {
	for _, f := range list {
		if p, err := checkAnyAll(f.Preconditions, path+".conditions"); err != nil {
			return p, err
		}
		if p, err := checkForEachMutate(f.ForEach, path); err != nil {
			return path + "." + p, err
		}
	}
	return "", nil
}

func checkImageConditions(r *rule) (string, error) {
	for i := range r.VerifyImages {
		v := &r.VerifyImages[i]
		for _, a := range v.Attestations {
			for j := range a.Conditions {
				if p, err := checkAnyAll(&a.Conditions[j], "verifyImages.attestations.conditions"); err != nil {
					return p, err
				}
			}
		}
		if v.Validate.Deny == nil {
			continue
		}
		if p, err := checkConditions(v.Validate.Deny.Conditions, "imageVerify.validate.deny.conditions"); err != nil {
			return p, err
		}
	}
	return "", nil
}
