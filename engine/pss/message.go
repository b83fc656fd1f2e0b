package pss

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/kyverno/kyverno/pkg/pss/utils"
)

// Message returns the text with which Kyverno reports the result of the named rule.
func (r Result) Message(ruleName string) string {
	if r.Allowed {
		return fmt.Sprintf("Validation rule '%s' passed.", ruleName)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `Validation rule '%s' failed. It violates PodSecurity "%s:%s": `, ruleName, r.Level, r.Version)
	for _, v := range r.Violations {
		b.WriteString(v.String())
	}
	return b.String()
}

// String returns the part of a message that is about one control.
func (v Violation) String() string {
	var fields []string
	for _, f := range v.Fields {
		if f.Message != "" {
			fields = append(fields, f.Message)
		}
	}
	return fmt.Sprintf("(Forbidden reason: %s, field error list: [%s])", v.Reason, strings.Join(fields, ", "))
}

// Properties returns what Kyverno adds to the result in a policy report: standard, version, controls (the check IDs)
// and controlsJSON (with names and images). It is nil when nothing is violated.
func (r Result) Properties() map[string]string {
	if len(r.Violations) == 0 {
		return nil
	}
	type entry struct {
		ID     string
		Name   string
		Images []string
	}
	ids := make([]string, len(r.Violations))
	entries := make([]entry, len(r.Violations))
	for i, v := range r.Violations {
		ids[i] = v.ID
		entries[i] = entry{ID: v.ID, Name: utils.PSSControlIDToName(v.ID), Images: v.Images}
	}
	// A struct of strings always encodes.
	encoded, _ := json.Marshal(entries)
	return map[string]string{
		"standard":     r.Level,
		"version":      r.Version,
		"controls":     strings.Join(ids, ","),
		"controlsJSON": string(encoded),
	}
}
