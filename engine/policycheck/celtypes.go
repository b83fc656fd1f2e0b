package policycheck

import (
	"slices"

	"k8s.io/apiserver/pkg/cel/openapi/resolver"

	celcheck "podsec/engine/cel"
	"podsec/engine/wildcard"
)

// Types knows the types of the objects that the API server serves.
type Types interface {
	resolver.SchemaResolver
	// Kinds returns the kinds that an entry of match.resources.kinds means.
	Kinds(selector string) []celcheck.Kind
}

// checkMatchConditions refuses conditions for the webhook that cannot be compiled.
func (c *checker) checkMatchConditions() error {
	w := c.policy.Spec.WebhookConfiguration
	if w == nil || len(w.MatchConditions) == 0 {
		return nil
	}
	return celcheck.CheckConditions(w.MatchConditions)
}

// warnTypes warns of expressions that the types of their objects do not allow. Kyverno looks at policies that it could
// hand over to the API server.
func (c *checker) warnTypes() error {
	s := &c.policy.Spec
	if c.types == nil || !s.translatable() {
		return nil
	}
	r := &s.Rules[0]
	var kinds []celcheck.Kind
	for _, kind := range r.Match.kinds() {
		kinds = append(kinds, c.types.Kinds(kind)...)
	}
	warnings, err := celcheck.TypeWarnings(r.Validate.CEL, "spec.rules[0].validate.cel", kinds, c.types)
	for _, warning := range warnings {
		c.warn("%s", warning)
	}
	return err
}

// translatable says whether the policy could be a ValidatingAdmissionPolicy: it is one rule in CEL, and asks nothing of users,
// annotations or names that is not said there (Kyverno's CanGenerateVAP).
func (s *spec) translatable() bool {
	if len(s.Rules) != 1 {
		return false
	}
	r := &s.Rules[0]
	if r.Validate == nil || r.Validate.CEL == nil || !plainOverrides(s.ValidationFailureActionOverrides) || !plainOverrides(r.Validate.FailureActionOverrides) {
		return false
	}
	return r.Match.translatable(true) && (r.Exclude == nil || r.Exclude.translatable(false))
}

func plainOverrides(overrides []override) bool {
	return len(overrides) == 0 || len(overrides) == 1 && len(overrides[0].Namespaces) == 0
}

func (m *matchBlock) translatable(match bool) bool {
	return m.userField() == "" && m.Resources.translatable(match) && len(m.All) <= 1 &&
		filtersTranslatable(m.Any, match) && filtersTranslatable(m.All, match)
}

// filtersTranslatable: selectors may stand in one block alone, and not in exclude.
func filtersTranslatable(filters []filter, match bool) bool {
	selects := false
	for i := range filters {
		f := &filters[i]
		if f.userField() != "" || !f.Resources.translatable(match) {
			return false
		}
		selects = selects || f.Resources.Selector != nil || f.Resources.NamespaceSelector != nil
	}
	return !selects || match && len(filters) == 1
}

func (d *description) translatable(match bool) bool {
	if !match && len(d.Kinds) > 0 && len(d.Namespaces) > 0 || len(d.Annotations) > 0 {
		return false
	}
	return !slices.ContainsFunc(slices.Concat([]string{d.Name}, d.Names, d.Namespaces), wildcard.In)
}
