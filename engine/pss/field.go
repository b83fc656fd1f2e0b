package pss

import (
	"fmt"
	"strings"
)

// fieldError is one field that a control objects to.
type fieldError struct {
	path string // in terms of a pod: "spec.containers[0].securityContext.privileged"
	// required says that the field is missing; otherwise it has a forbidden value.
	required bool
	// bad is the forbidden value as Kyverno prints it and as exclude.values is compared with: string, bool, int or
	// []string; nil or "" when only the presence of the field is forbidden.
	bad     any
	found   any // the value itself, nil when absent
	allowed []any
	// silent says that Kyverno does not name the field in its message.
	silent bool
}

// required says that a field must be set to one of the allowed values.
func required(path string, allowed ...any) fieldError {
	return fieldError{path: path, required: true, allowed: allowed}
}

// forbidden says that a field has a value other than the allowed ones.
func forbidden(path string, bad any, allowed ...any) fieldError {
	return fieldError{path: path, bad: bad, found: bad, allowed: allowed}
}

// unlisted is forbidden for a field that Kyverno's message does not name.
func unlisted(path string, bad any, allowed ...any) fieldError {
	e := forbidden(path, bad, allowed...)
	e.silent = true
	return e
}

// field returns the error in terms of the resource whose pod spec is at prefix. Kyverno rewrites paths by text
// replacement, so an annotation is said to be in spec.template even when the resource is a bare Pod.
func (e fieldError) field(prefix string) Field {
	path := strings.ReplaceAll(e.path, "spec", prefix)
	path = strings.ReplaceAll(path, "metadata", "spec.template.metadata")
	field := Field{Path: path, Found: e.found, Allowed: e.allowed}
	if !e.silent {
		field.Message = e.message(path)
	}
	return field
}

func (e fieldError) message(path string) string {
	switch {
	case e.required:
		return path + ": Required value"
	case e.bad == nil || e.bad == "":
		return path + ": Forbidden"
	default:
		return fmt.Sprintf("%s is forbidden, forbidden values found: %+v", path, e.bad)
	}
}
