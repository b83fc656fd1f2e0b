// Package condition compares the keys and values of Kyverno's conditions (preconditions, deny.conditions) with the
// operators of kyverno.io/v1. Keys and values are JSON values after their variables were replaced. What cannot be
// compared does not hold, or for the Not operators holds where Kyverno says so; there are no errors.
package condition
