package engine

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// judgeForEach judges every element of every list. A list that is not there is passed over; when nothing was judged the
// rule says nothing, unless a list could not be evaluated.
func (c *check) judgeForEach(s *scope, resource *unstructured.Unstructured) *verdict {
	judged := 0
	var listError error
	for i, loop := range c.forEach {
		elements, err := s.evaluateList(loop.List)
		if err != nil {
			if !strings.Contains(err.Error(), "Unknown key") {
				listError = err
			}
			continue
		}
		found, count := c.judgeElements(s, resource, loop, fmt.Sprintf("%s.foreach[%d]", c.path, i), elements)
		if found != nil {
			return found
		}
		judged += count
	}
	switch {
	case judged > 0:
		return passed("rule passed")
	case listError != nil:
		return broken("failed to evaluate list", listError)
	}
	return nil
}

// judgeElements returns the first verdict that is not a pass, and how many elements passed.
func (c *check) judgeElements(
	s *scope, resource *unstructured.Unstructured, loop foreachValidation, path string, elements []any,
) (*verdict, int) {
	count := 0
	for i, element := range elements {
		if element == nil {
			continue
		}
		scoped, err := scopedElement(element, loop.ElementScope)
		if err != nil {
			return broken("failed to process foreach", err), count
		}
		inner := s.with(loop.Context, path, elementVariables(element, i, c.nesting))
		said := c.judgeElement(inner, resource, loop, path, scopedTo{scoped, elementField(loop.List, i)})
		if said == nil || said.status == Skip {
			continue
		}
		if said.status == Error && strings.Contains(said.message, "failed to evaluate preconditions") {
			continue
		}
		if said.status != Pass {
			return &verdict{status: said.status, message: "validation failure: " + said.message}, count
		}
		count++
	}
	return nil, count
}

// judgeElement judges one element: it is the resource of the patterns when it is an object.
func (c *check) judgeElement(
	s *scope, resource *unstructured.Unstructured, loop foreachValidation, path string, element scopedTo,
) *verdict {
	holds, message, trace, err := loop.Preconditions.evaluate(s, PhasePrecondition, path+".preconditions")
	c.note(trace...)
	if err != nil {
		return broken("failed to evaluate preconditions", err)
	}
	if !holds {
		return skipped(joinNonEmpty([]string{"preconditions not met", message}, "; "))
	}
	anyPattern, err := newPatterns(loop.AnyPattern, path+".anyPattern")
	if err != nil {
		return broken("failed to deserialize anyPattern, expected type array", err)
	}
	inner := &check{
		rule: c.rule, path: path, pattern: newPattern(loop.Pattern, path+".pattern"), anyPattern: anyPattern,
		deny: loop.Deny, forEach: loop.ForEach, element: element.object, field: element.field, nesting: c.nesting + 1, trace: c.trace,
	}
	return inner.judge(s, resource)
}

// scopedTo is an element that patterns are compared with, and its place in the resource.
type scopedTo struct {
	object map[string]any
	field  string
}

// elementField is the place of an element in the resource, "" when the list is more than a path into it.
func elementField(list string, index int) string {
	path := resourceField(list)
	if path == "" {
		return ""
	}
	return fmt.Sprintf("%s[%d]", path, index)
}

// scopedElement returns the object that an element's patterns are compared with, nil for the whole resource.
func scopedElement(element any, scope *bool) (map[string]any, error) {
	object, ok := element.(map[string]any)
	if scope == nil {
		return object, nil
	}
	if *scope && !ok {
		return nil, fmt.Errorf("cannot use elementScope=true foreach rules for elements that are not maps, expected type=map got type=%T", element)
	}
	if !*scope {
		return nil, nil
	}
	return object, nil
}

// elementVariables are the variables of an element, by the depth of its loop too.
func elementVariables(element any, index, nesting int) map[string]any {
	return map[string]any{
		"element":                              element,
		fmt.Sprintf("element%d", nesting):      element,
		"elementIndex":                         float64(index),
		fmt.Sprintf("elementIndex%d", nesting): float64(index),
	}
}
