package policycheck

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

var errOnlyMetadata = errors.New("policy can only deal with the metadata field of the resource if the rule does not match any kind")

// checkKinds looks up the kinds of all rules. A kind that the cluster does not have is only warned of, and ends the
// whole check: Kyverno accepts such a policy unseen.
func (c *checker) checkKinds() error {
	for i := range c.policy.computed {
		r := &c.policy.computed[i]
		if err := c.checkBlockKinds(fmt.Sprintf("spec.rules[%d].match", i), &r.Match, r); err != nil {
			return err
		}
		if r.Exclude == nil {
			continue
		}
		if err := c.checkBlockKinds(fmt.Sprintf("spec.rules[%d].exclude", i), r.Exclude, r); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) checkBlockKinds(path string, block *matchBlock, r *rule) error {
	for i, f := range block.Any {
		if err := c.checkKindList(fmt.Sprintf("%s.any[%d]", path, i), f.Resources.Kinds, r); err != nil {
			return err
		}
	}
	for i, f := range block.All {
		if err := c.checkKindList(fmt.Sprintf("%s.all[%d]", path, i), f.Resources.Kinds, r); err != nil {
			return err
		}
	}
	return c.checkKindList(path, block.Resources.Kinds, r)
}

func (c *checker) checkKindList(path string, kinds []string, r *rule) error {
	background := c.policy.Spec.background()
	if err := checkWildcard(kinds, background, r); err != nil {
		return fmt.Errorf("path: %s.kinds: %w", path, err)
	}
	if c.kinds == nil || slices.Contains(kinds, "*") {
		return nil
	}
	for _, kind := range kinds {
		found, subresource := c.kinds.FindKind(kind)
		if !found {
			c.warn("the kind defined in the all match resource is invalid: unable to convert GVK to GVR for kinds %s, err: resource not found", kind)
			return errAccepted
		}
		if subresource && background && r.hasValidate() {
			return fmt.Errorf("path: %s.kinds: background scan enabled with subresource %s", path, kind)
		}
	}
	return nil
}

// checkWildcard restricts rules for all kinds to what all kinds have.
func checkWildcard(kinds []string, background bool, r *rule) error {
	if !slices.Contains(kinds, "*") {
		return nil
	}
	if background {
		return errors.New("wildcard policy not allowed in background mode. Set spec.background=false to disable background mode for this policy rule ")
	}
	if len(kinds) > 1 {
		return errors.New("wildcard policy can not deal with more than one kind")
	}
	if r.hasGenerate() || r.hasVerifyImages() || r.Validate != nil && r.Validate.ForEach != nil {
		return errors.New("wildcard policy does not support rule type")
	}
	if r.hasMutate() && !r.onlyMetadata() {
		return errOnlyMetadata
	}
	if !r.hasValidate() {
		return nil
	}
	if (r.Validate.Pattern != nil || r.Validate.AnyPattern != nil) && !r.onlyMetadata() {
		return errOnlyMetadata
	}
	return checkWildcardDeny(r.Validate.Deny)
}

// checkWildcardDeny looks at the older form of conditions only, as Kyverno does.
func checkWildcardDeny(d *deny) error {
	if d == nil || d.Conditions == nil {
		return nil
	}
	for _, condition := range d.Conditions.list {
		key, _ := condition.Key.(string)
		ofRequest := wildcardVariable.MatchString(key) && !strings.Contains(key, "request.object.spec")
		if !strings.Contains(key, "request.object.metadata.") && !ofRequest {
			return errOnlyMetadata
		}
	}
	return nil
}

// onlyMetadata says whether the rule's patches and patterns stay within metadata.
func (r *rule) onlyMetadata() bool {
	if r.Mutate != nil && (!metadataOnly(r.Mutate.PatchStrategicMerge) || !metadataPaths(r.Mutate.PatchesJSON6902)) {
		return false
	}
	if r.Validate == nil {
		return true
	}
	patterns, err := anyPatterns(r.Validate.AnyPattern)
	if err != nil || !metadataOnly(r.Validate.Pattern) {
		return false
	}
	return !slices.ContainsFunc(patterns, func(p any) bool { return !metadataOnly(p) })
}

func metadataOnly(overlay any) bool {
	fields, _ := overlay.(map[string]any)
	for key := range fields {
		if key != "metadata" {
			return false
		}
	}
	return true
}

// checkHasKinds requires every filter of match to name kinds.
func checkHasKinds(r *rule) error {
	missing := func(f filter) bool { return len(f.Resources.Kinds) == 0 }
	none := false
	switch {
	case len(r.Match.Any) > 0:
		none = slices.ContainsFunc(r.Match.Any, missing)
	case len(r.Match.All) > 0:
		none = slices.ContainsFunc(r.Match.All, missing)
	default:
		none = len(r.Match.Resources.Kinds) == 0
	}
	if !none {
		return nil
	}
	if !r.onlyMetadata() {
		return errOnlyMetadata
	}
	return errors.New("at least one element must be specified in a kind block, the kind attribute is mandatory when working with the resources element")
}
