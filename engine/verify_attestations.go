package engine

import (
	"errors"
	"fmt"
)

// judgeAttestations verifies what is attested of the image: enough attestors, of the right type, with conditions that
// hold. The rule's own conditions on attestations (validate) come last.
func (c *imageCheck) judgeAttestations() (*verdict, string) {
	for i := range c.entry.Attestations {
		if verdict := c.attestation(i); verdict != nil {
			return verdict, ""
		}
	}
	if !c.hasValidation() {
		return passed("verified image attestations for " + c.image.String()), c.image.Digest
	}
	if err := c.validateAttestations(); err != nil {
		return failed(fmt.Sprintf("validation in verifyImages failed: %v", err)), c.image.Digest
	}
	return passed(fmt.Sprintf("verifyImages validation is passed in %v rule", c.rule.Name)), c.image.Digest
}

// attestation is nil when an entry of attestations is satisfied, else why it is not.
func (c *imageCheck) attestation(index int) *verdict {
	a := &c.entry.Attestations[index]
	path := fmt.Sprintf(".attestations[%d]", index)
	if a.kind() == "" {
		return failed(path + ": missing type")
	}
	sets := a.Attestors
	if len(sets) == 0 {
		sets = []attestorSet{{Entries: []attestor{{}}}} // whoever made it
	}
	var failures []error // Kyverno never forgets them: a set's message has those of the sets before it too
	for j := range sets {
		required, found := sets[j].required(), 0
		for k := range sets[j].Entries {
			// Kyverno counts the entry by the attestation's index.
			err := c.attested(&sets[j].Entries[k], a, fmt.Sprintf("%s.attestors[%d].entries[%d]", path, j, index))
			if err != nil {
				failures = append(failures, err)
				continue
			}
			if found++; found >= required {
				break
			}
		}
		if found < required {
			reason := errors.New("attestations verification failed")
			if len(failures) > 0 {
				reason = combined(failures)
			}
			return failed(fmt.Sprintf("image attestations verification failed, verifiedCount: %v, requiredCount: %v, error: %s", found, required, reason))
		}
	}
	return nil
}

// attested verifies one attestor's attestations, and their conditions.
func (c *imageCheck) attested(by *attestor, a *attestation, path string) error {
	check, part := c.check(by, a)
	evidence, err := c.engine.options.ImageVerifier.VerifyAttestations(c.scope.ctx, check)
	c.found(path+part, evidence, err)
	if err != nil {
		return err
	}
	predicate, err := firstPredicate(evidence.Statements)
	if err != nil {
		return err
	}
	if a.Name != "" {
		c.scope = c.scope.with(nil, "", map[string]any{a.Name: predicate})
	}
	if c.image.Digest == "" {
		c.image.Digest = evidence.Digest
	}
	if err := c.statements(evidence.Statements, a); err != nil {
		return fmt.Errorf("%s: %w", path+part, err)
	}
	return nil
}

func firstPredicate(statements []map[string]any) (map[string]any, error) {
	for _, s := range statements {
		if predicate, ok := s["predicate"].(map[string]any); ok {
			return predicate, nil
		}
	}
	return nil, errors.New("predicate not found in any statement")
}

// statements checks that there are statements of the attestation's type, and that its conditions hold for all of them.
func (c *imageCheck) statements(statements []map[string]any, a *attestation) error {
	found := false
	for _, s := range statements {
		if s["type"] != a.kind() {
			continue
		}
		found = true
		holds, message, err := c.conditions(a.Conditions, s)
		if err != nil {
			return fmt.Errorf("failed to check attestations: %w", err)
		}
		if !holds {
			return fmt.Errorf("attestation checks failed for %s and predicate %s: %s", c.image.String(), a.kind(), message)
		}
	}
	if !found {
		return fmt.Errorf("attestions not found for predicate type %s", a.kind())
	}
	return nil
}

// conditions evaluates conditions on a statement: the fields of its predicate are variables, as image is.
func (c *imageCheck) conditions(all []*conditions, statement map[string]any) (bool, string, error) {
	if len(all) == 0 {
		return true, "", nil
	}
	predicate, ok := statement["predicate"].(map[string]any)
	if !ok {
		return false, "", fmt.Errorf("failed to extract predicate from statement: %v", statement)
	}
	vars := map[string]any{"image": c.image.context()}
	for key, value := range predicate {
		vars[key] = value
	}
	s := c.scope.with(nil, "", vars)
	for i, one := range all {
		holds, message, trace, err := one.evaluate(s, PhaseImage, fmt.Sprintf("%s.attestations.conditions[%d]", c.path, i))
		c.steps = append(c.steps, trace...)
		if err != nil || !holds {
			return false, message, err
		}
	}
	return true, "", nil
}

// context is the image as the variable image has it: absent parts are empty.
func (i containerImage) context() map[string]any {
	out := i.variable(i.pointer)
	delete(out, "jsonPointer")
	out["registry"], out["tag"], out["digest"] = i.Registry, i.Tag, i.Digest
	return out
}

// hasValidation says whether any entry of the rule has conditions of its own.
func (c *imageCheck) hasValidation() bool {
	for _, entry := range c.rule.VerifyImages {
		if notEmpty(entry["validate"]) {
			return true
		}
	}
	return false
}

// validateAttestations evaluates the deny conditions of validate on the attestations by their names.
func (c *imageCheck) validateAttestations() error {
	block := c.entry.Validate
	if block.Deny == nil {
		return nil
	}
	denied, message, trace, err := block.Deny.Conditions.evaluate(c.scope, PhaseDeny, c.path+".validate.deny.conditions")
	c.steps = append(c.steps, trace...)
	switch {
	case err != nil:
		return fmt.Errorf("failed to check deny conditions: %w", err)
	case !denied:
		return nil
	case block.Message == "" && message == "":
		return errors.New("validation error: imageVerify  failed")
	}
	text, err := c.scope.substituteText(joinNonEmpty([]string{block.Message, message}, "; "))
	if err != nil {
		return errors.New(message)
	}
	return errors.New(text)
}

// withoutConditions copies verifyImages without what variables are not replaced in beforehand.
func withoutConditions(raw []any) []any {
	copied, _ := copyJSON(raw).([]any)
	for _, entry := range copied {
		entry, _ := entry.(map[string]any)
		attestations, _ := entry["attestations"].([]any)
		for _, a := range attestations {
			if a, ok := a.(map[string]any); ok {
				delete(a, "conditions")
			}
		}
		if validate, ok := entry["validate"].(map[string]any); ok {
			delete(validate, "deny")
		}
	}
	return copied
}
