package policycheck

import (
	"fmt"
	"slices"

	"github.com/kyverno/kyverno/pkg/pss/utils"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// checkSpec collects the errors that name a field of the policy; all of them are told at once.
func (c *checker) checkSpec() error {
	var errs field.ErrorList
	if c.policy.object.GetAnnotations()["pod-policies.kyverno.io/autogen-controllers"] == "all" {
		errs = append(errs, field.Forbidden(field.NewPath("metadata", "annotations"),
			"Autogen annotation does not support 'all' anymore, remove the annotation or set it to a valid value"))
	}
	if name := c.policy.object.GetName(); len(name) > 63 {
		errs = append(errs, field.TooLong(field.NewPath("name"), name, 63))
	}
	path := field.NewPath("spec")
	errs = append(errs, c.specFields(path)...)
	errs = append(errs, c.ruleFields(path.Child("rules"))...)
	if c.policy.namespaced() && len(c.policy.Spec.ValidationFailureActionOverrides) > 0 {
		errs = append(errs, field.Forbidden(path.Child("validationFailureActionOverrides"),
			"Use of validationFailureActionOverrides is supported only with ClusterPolicy"))
	}
	if aggregate := errs.ToAggregate(); aggregate != nil {
		return aggregate
	}
	return nil
}

// specFields checks the fields beside the rules.
func (c *checker) specFields(path *field.Path) field.ErrorList {
	const wrongTimeout = "the timeout value must be between 1 and 30 seconds"
	var errs field.ErrorList
	s := &c.policy.Spec
	webhook := s.WebhookConfiguration
	if webhook == nil {
		webhook = &webhookConfiguration{}
	}
	if s.WebhookTimeoutSeconds != nil && webhook.TimeoutSeconds != nil {
		errs = append(errs, field.Forbidden(path.Child("webhookTimeoutSeconds"),
			"remove the deprecated field and use spec.webhookConfiguration.timeoutSeconds instead"))
	}
	if s.FailurePolicy != nil && webhook.FailurePolicy != nil {
		errs = append(errs, field.Forbidden(path.Child("failurePolicy"),
			"remove the deprecated field and use spec.webhookConfiguration.failurePolicy instead"))
	}
	if s.GenerateExistingOnPolicyUpdate != nil {
		errs = append(errs, field.Forbidden(path.Child("generateExistingOnPolicyUpdate"),
			"remove the deprecated field and use spec.generate[*].generateExisting instead"))
	}
	errs = append(errs, s.mutateTargets(path)...)
	if wrongSeconds(s.WebhookTimeoutSeconds) {
		errs = append(errs, field.Invalid(path.Child("webhookTimeoutSeconds"), s.WebhookTimeoutSeconds, wrongTimeout))
	}
	if wrongSeconds(webhook.TimeoutSeconds) {
		errs = append(errs, field.Invalid(path.Child("webhookConfiguration.timeoutSeconds"), webhook.TimeoutSeconds, wrongTimeout))
	}
	return errs
}

func wrongSeconds(seconds *int32) bool { return seconds != nil && (*seconds < 1 || *seconds > 30) }

// mutateTargets requires targets where existing resources are to be mutated.
func (s *spec) mutateTargets(path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range s.Rules {
		r := &s.Rules[i]
		if !r.hasMutate() || len(r.Mutate.Targets) > 0 {
			continue
		}
		if own := r.Mutate.MutateExistingOnPolicyUpdate; s.MutateExistingOnPolicyUpdate || own != nil && *own {
			errs = append(errs, field.Forbidden(path.Child("mutateExistingOnPolicyUpdate"),
				fmt.Sprintf("rules[%v].mutate.targets has to be specified when mutateExistingOnPolicyUpdate is set", i)))
		}
	}
	return errs
}

// ruleFields checks the rules as they are written.
func (c *checker) ruleFields(path *field.Path) field.ErrorList {
	var errs field.ErrorList
	seen := map[string]bool{}
	for i, r := range c.policy.Spec.Rules {
		if seen[r.Name] {
			errs = append(errs, field.Invalid(path.Index(i).Child("name"), r, fmt.Sprintf("Duplicate rule name: '%s'", r.Name)))
		}
		seen[r.Name] = true
	}
	for i := range c.policy.Spec.Rules {
		r, at := &c.policy.Spec.Rules[i], path.Index(i)
		errs = append(errs, r.typeErrors(at)...)
		errs = append(errs, r.emptySet(at)...)
		errs = append(errs, c.matchErrors(at.Child("match"), &r.Match)...)
		errs = append(errs, c.matchErrors(at.Child("exclude"), r.Exclude)...)
		errs = append(errs, c.targetErrors(at, r)...)
		errs = append(errs, r.controlErrors(at.Child("podSecurity", "exclude"))...)
		errs = append(errs, c.generateErrors(at, r)...)
	}
	return errs
}

// typeErrors requires a rule to do exactly one thing.
func (r *rule) typeErrors(path *field.Path) field.ErrorList {
	var errs field.ErrorList
	count := 0
	for _, has := range []bool{r.hasMutate(), r.hasValidate(), r.hasGenerate(), r.hasVerifyImages()} {
		if has {
			count++
		}
	}
	switch {
	case count == 0:
		errs = append(errs, field.Invalid(path, r, fmt.Sprintf("No operation defined in the rule '%s'.(supported operations: mutate,validate,generate,verifyImages)", r.Name)))
	case count > 1:
		errs = append(errs, field.Invalid(path, r, fmt.Sprintf("Multiple operations defined in the rule '%s', only one operation (mutate,validate,generate,verifyImages) is allowed per rule", r.Name)))
	}
	if r.ImageExtractors != nil && !r.hasVerifyImages() {
		errs = append(errs, field.Invalid(path.Child("imageExtractors"), r, fmt.Sprintf("Invalid rule spec for rule '%s', imageExtractors can only be defined for verifyImages rule", r.Name)))
	}
	return errs
}

// targetErrors keeps the targets of a Policy in its namespace.
func (c *checker) targetErrors(path *field.Path, r *rule) field.ErrorList {
	if !c.policy.namespaced() || !r.mutatesExisting() {
		return nil
	}
	var errs field.ErrorList
	for i, t := range r.Mutate.Targets {
		if t.Namespace != "" && t.Namespace != c.policy.object.GetNamespace() {
			errs = append(errs, field.Invalid(path.Child("targets").Index(i).Child("namespace"), t.Namespace,
				"This field can be ignored or should have value of the namespace where the policy is being created"))
		}
	}
	return errs
}

// controlErrors checks validate.podSecurity.exclude.
func (r *rule) controlErrors(path *field.Path) field.ErrorList {
	if r.Validate == nil || r.Validate.PodSecurity == nil {
		return nil
	}
	var errs field.ErrorList
	for i, exclude := range r.Validate.PodSecurity.Exclude {
		at := path.Index(i)
		errs = append(errs, exclude.errors(at)...)
		bothLevels := exclude.ControlName == "Seccomp" || exclude.ControlName == "Capabilities"
		if r.Validate.PodSecurity.Level == "baseline" && !bothLevels &&
			slices.Contains(utils.PSS_restricted_control_names, exclude.ControlName) {
			errs = append(errs, field.Invalid(at.Child("controlName"), exclude.ControlName, "Invalid control name defined at the given level"))
		}
	}
	return errs
}

func (e *podSecurityRule) errors(path *field.Path) field.ErrorList {
	var errs field.ErrorList
	name := path.Child("controlName")
	switch {
	case slices.Contains(utils.PSS_container_level_control, e.ControlName):
		if len(e.Images) == 0 {
			errs = append(errs, field.Invalid(name, e.ControlName, "exclude.images must be specified for the container level control"))
		}
	case slices.Contains(utils.PSS_pod_level_control, e.ControlName):
		if len(e.Images) > 0 {
			errs = append(errs, field.Invalid(name, e.ControlName, "exclude.images must not be specified for the pod level control"))
		}
	}
	if e.RestrictedField != "" && len(e.Values) == 0 {
		errs = append(errs, field.Forbidden(path.Child("values"), "values is required"))
	}
	if e.RestrictedField == "" && len(e.Values) > 0 {
		errs = append(errs, field.Forbidden(path.Child("restrictedField"), "restrictedField is required"))
	}
	return errs
}
