package jmespath

import (
	"fmt"
	"math"
	"time"

	"gopkg.in/inf.v0"
	"k8s.io/apimachinery/pkg/api/resource"

	"podsec/engine/quantity"
)

// arithmeticFunctions calculate with numbers, quantities ("10Mi") and durations ("1h"). Only these go together:
// two of the same kind (add, sum, subtract, divide, modulo), and a quantity or duration with a number (multiply, divide).
func arithmeticFunctions() []function {
	binary := func(name string, do func(name string, a, b any) (any, error)) function {
		return function{name, "any any", func(arguments []any) (any, error) {
			return calculate(name, arguments[0], arguments[1], do)
		}}
	}
	return []function{
		binary("add", add), binary("subtract", subtract), binary("multiply", multiply), binary("divide", divide),
		binary("modulo", modulo), {"sum", "array", sum}, {"round", "number number", round},
	}
}

// calculate reads both operands (float64, resource.Quantity or time.Duration) and does the operation.
func calculate(name string, left, right any, do func(name string, a, b any) (any, error)) (any, error) {
	a, err := operand(name, left)
	if err != nil {
		return nil, err
	}
	b, err := operand(name, right)
	if err != nil {
		return nil, err
	}
	return do(name, a, b)
}

func operand(name string, value any) (any, error) {
	switch value := value.(type) {
	case float64:
		return value, nil
	case string:
		if q, err := quantity.Parse(value); err == nil {
			return q, nil
		}
		if d, err := time.ParseDuration(value); err == nil {
			return d, nil
		}
	}
	return nil, fail(name, "invalid operand")
}

func mismatch(name string) error { return fail(name, "Types mismatch") }

func zero(name string) error { return fail(name, "Zero divisor passed") }

func add(name string, a, b any) (any, error) {
	switch a := a.(type) {
	case float64:
		if b, ok := b.(float64); ok {
			return a + b, nil
		}
	case time.Duration:
		if b, ok := b.(time.Duration); ok {
			return (a + b).String(), nil
		}
	case resource.Quantity:
		if b, ok := b.(resource.Quantity); ok {
			a.Add(b)
			return a.String(), nil
		}
	}
	return nil, mismatch(name)
}

func sum(arguments []any) (any, error) {
	items, ok := arguments[0].([]any)
	if !ok {
		return nil, mismatch("sum")
	}
	if len(items) == 0 {
		return nil, fail("sum", "at least one element in the array is required")
	}
	total := items[0]
	for _, item := range items[1:] {
		next, err := calculate("sum", total, item, add)
		if err != nil {
			return nil, err
		}
		total = next
	}
	return total, nil
}

func subtract(name string, a, b any) (any, error) {
	switch b := b.(type) {
	case float64:
		return add(name, a, -b)
	case time.Duration:
		return add(name, a, -b)
	case resource.Quantity:
		if a, ok := a.(resource.Quantity); ok {
			a.Sub(b)
			return a.String(), nil
		}
	}
	return nil, mismatch(name)
}

func multiply(name string, a, b any) (any, error) {
	if number, ok := a.(float64); ok {
		if other, ok := b.(float64); ok {
			return number * other, nil
		}
		a, b = b, a
	}
	factor, ok := b.(float64)
	if !ok {
		return nil, mismatch(name)
	}
	switch a := a.(type) {
	case time.Duration:
		return time.Duration(a.Seconds() * factor * float64(time.Second)).String(), nil
	case resource.Quantity:
		q, err := quantity.Parse(fmt.Sprintf("%v", factor))
		if err != nil {
			return nil, err
		}
		var product inf.Dec
		product.Mul(a.AsDec(), q.AsDec())
		return resource.NewDecimalQuantity(product, a.Format).String(), nil
	}
	return nil, mismatch(name)
}

func round(arguments []any) (any, error) {
	value, err := number("round", arguments, 0)
	if err != nil {
		return nil, err
	}
	digits, err := number("round", arguments, 1)
	if err != nil {
		return nil, err
	}
	n, err := integer(digits)
	if err != nil {
		return nil, fail("round", "Non-integer argument(s) passed for round off")
	}
	if n < 0 {
		return nil, fail("round", "argument is out of bounds")
	}
	shift := math.Pow(10, float64(n))
	return math.Round(value*shift) / shift, nil
}
