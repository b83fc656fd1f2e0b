package jmespath

import (
	"fmt"
	"time"

	"gopkg.in/inf.v0"
	"k8s.io/apimachinery/pkg/api/resource"

	"podsec/engine/quantity"
)

func divide(name string, a, b any) (any, error) {
	if number, ok := b.(float64); ok {
		return divideByNumber(name, a, number)
	}
	switch a := a.(type) {
	case time.Duration:
		if b, ok := b.(time.Duration); ok {
			if b == 0 {
				return nil, zero(name)
			}
			return a.Seconds() / b.Seconds(), nil
		}
	case resource.Quantity:
		if b, ok := b.(resource.Quantity); ok {
			divisor := b.AsApproximateFloat64()
			if divisor == 0 {
				return nil, zero(name)
			}
			return a.AsApproximateFloat64() / divisor, nil
		}
	}
	return nil, mismatch(name)
}

func divideByNumber(name string, a any, divisor float64) (any, error) {
	if divisor == 0 {
		return nil, zero(name)
	}
	switch a := a.(type) {
	case float64:
		return a / divisor, nil
	case time.Duration:
		return time.Duration(a.Seconds() / divisor * float64(time.Second)).String(), nil
	case resource.Quantity:
		q, err := quantity.Parse(fmt.Sprintf("%v", divisor))
		if err != nil {
			return nil, err
		}
		var quotient inf.Dec
		quotient.QuoRound(a.AsDec(), q.AsDec(), max(a.AsDec().Scale(), q.AsDec().Scale()), inf.RoundDown)
		return resource.NewDecimalQuantity(quotient, a.Format).String(), nil
	}
	return nil, mismatch(name)
}

func modulo(name string, a, b any) (any, error) {
	switch a := a.(type) {
	case float64:
		if b, ok := b.(float64); ok {
			rest, err := remainder(name, a, b)
			return float64(rest), err
		}
	case time.Duration:
		if b, ok := b.(time.Duration); ok {
			if b == 0 {
				return nil, zero(name)
			}
			return (a % b).String(), nil
		}
	case resource.Quantity:
		if b, ok := b.(resource.Quantity); ok {
			rest, err := remainder(name, a.AsApproximateFloat64(), b.AsApproximateFloat64())
			return resource.NewQuantity(rest, a.Format).String(), err
		}
	}
	return nil, mismatch(name)
}

func remainder(name string, a, b float64) (int64, error) {
	left, right := int64(a), int64(b)
	if a != float64(left) || b != float64(right) {
		return 0, fail(name, "Non-integer argument(s) passed for modulo")
	}
	if right == 0 {
		return 0, zero(name)
	}
	return left % right, nil
}
