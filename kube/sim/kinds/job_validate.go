package kinds

import (
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
)

func validateJob(j *batchv1.Job) fieldErrors {
	at := field.NewPath("spec")
	errs := validateGenerated(j, at)
	errs = append(errs, validateJobSpec(&j.Spec, at)...)
	return append(errs, selectorMatches(j.Spec.Selector, &j.Spec.Template, at)...)
}

// validateGenerated checks that the labels and the selector that tie pods to their job are those of the server.
func validateGenerated(j *batchv1.Job, at *field.Path) fieldErrors {
	if ptr.Deref(j.Spec.ManualSelector, false) || j.Spec.Selector == nil {
		return nil
	}
	meta := at.Child("template", "metadata")
	want := labels.Set{}
	var errs fieldErrors
	for _, l := range []struct{ key, value string }{
		{"controller-uid", string(j.UID)}, {"job-name", j.Name},
		{batchv1.ControllerUidLabel, string(j.UID)}, {batchv1.JobNameLabel, j.Name},
	} {
		want[l.key] = l.value
		switch value, has := j.Spec.Template.Labels[l.key]; {
		case !has:
			errs = append(errs, field.Required(meta.Child("labels").Key(l.key), "must be '"+l.value+"'"))
		case value != l.value:
			errs = append(errs, field.Invalid(meta.Child("labels").Key(l.key), j.Spec.Template.Labels, "must be '"+l.value+"'"))
		}
	}
	if selector, err := metav1.LabelSelectorAsSelector(j.Spec.Selector); err == nil && !selector.Matches(want) {
		errs = append(errs, field.Invalid(at.Child("selector"), j.Spec.Selector, "`selector` not auto-generated"))
	}
	return errs
}

func selectorMatches(selector *metav1.LabelSelector, t *corev1.PodTemplateSpec, at *field.Path) fieldErrors {
	mismatch := field.Invalid(at.Child("template", "metadata", "labels"), t.Labels, "`selector` does not match template `labels`")
	if selector == nil {
		return fieldErrors{field.Required(at.Child("selector"), ""), mismatch}
	}
	if s, err := metav1.LabelSelectorAsSelector(selector); err == nil && !s.Matches(labels.Set(t.Labels)) {
		return fieldErrors{mismatch}
	}
	return nil
}

func validateJobSpec(s *batchv1.JobSpec, at *field.Path) fieldErrors {
	errs := validateJobNumbers(s, at)
	if s.ManagedBy != nil {
		errs = append(errs, validation.IsDomainPrefixedPath(at.Child("managedBy"), *s.ManagedBy)...)
	}
	errs = append(errs, validateIndexes(s, at)...)
	if s.PodFailurePolicy != nil {
		errs = append(errs, validateFailurePolicy(s, at)...)
	}
	if s.SuccessPolicy != nil && ptr.Deref(s.CompletionMode, batchv1.NonIndexedCompletion) != batchv1.IndexedCompletion {
		errs = append(errs, field.Invalid(at.Child("successPolicy"), internalOf(s.SuccessPolicy), "requires indexed completion mode"))
	}
	if p := s.PodReplacementPolicy; p != nil {
		errs = append(errs, oneOf(*p, at.Child("podReplacementPolicy"), batchv1.Failed, batchv1.TerminatingOrFailed)...)
	}
	errs = append(errs, validateTemplate(&s.Template, at.Child("template"))...)
	restart := at.Child("template", "spec", "restartPolicy")
	switch p := s.Template.Spec.RestartPolicy; {
	case p != corev1.RestartPolicyOnFailure && p != corev1.RestartPolicyNever:
		errs = append(errs, field.Required(restart, fmt.Sprintf("valid values: %q, %q", corev1.RestartPolicyOnFailure, corev1.RestartPolicyNever)))
	case s.PodFailurePolicy != nil && p != corev1.RestartPolicyNever:
		errs = append(errs, field.Invalid(restart, p, fmt.Sprintf("only %q is supported when podFailurePolicy is specified", corev1.RestartPolicyNever)))
	}
	return errs
}

func validateJobNumbers(s *batchv1.JobSpec, at *field.Path) fieldErrors {
	errs := nonNegative(s.Parallelism, at.Child("parallelism"))
	errs = append(errs, nonNegative(s.Completions, at.Child("completions"))...)
	if d := s.ActiveDeadlineSeconds; d != nil {
		errs = append(errs, apivalidation.ValidateNonnegativeField(*d, at.Child("activeDeadlineSeconds"))...)
	}
	for _, n := range []struct {
		name  string
		value *int32
	}{
		{"backoffLimit", s.BackoffLimit}, {"ttlSecondsAfterFinished", s.TTLSecondsAfterFinished},
		{"backoffLimitPerIndex", s.BackoffLimitPerIndex}, {"maxFailedIndexes", s.MaxFailedIndexes},
	} {
		errs = append(errs, nonNegative(n.value, at.Child(n.name))...)
	}
	return errs
}

// validateIndexes checks the mode of completion, and what goes with one of them only.
func validateIndexes(s *batchv1.JobSpec, at *field.Path) fieldErrors {
	mode := ptr.Deref(s.CompletionMode, batchv1.NonIndexedCompletion)
	errs := oneOf(mode, at.Child("completionMode"), batchv1.NonIndexedCompletion, batchv1.IndexedCompletion)
	if mode == batchv1.IndexedCompletion && s.Completions == nil {
		errs = append(errs, field.Required(at.Child("completions"), fmt.Sprintf("when completion mode is %s", batchv1.IndexedCompletion)))
	}
	if mode == batchv1.NonIndexedCompletion {
		for _, n := range []struct {
			name  string
			value *int32
		}{{"backoffLimitPerIndex", s.BackoffLimitPerIndex}, {"maxFailedIndexes", s.MaxFailedIndexes}} {
			if n.value != nil {
				errs = append(errs, field.Invalid(at.Child(n.name), *n.value, "requires indexed completion mode"))
			}
		}
	}
	if s.MaxFailedIndexes != nil && s.BackoffLimitPerIndex == nil {
		errs = append(errs, field.Required(at.Child("backoffLimitPerIndex"), "when maxFailedIndexes is specified"))
	}
	return errs
}

func validateFailurePolicy(s *batchv1.JobSpec, at *field.Path) fieldErrors {
	var errs fieldErrors
	for i, rule := range s.PodFailurePolicy.Rules {
		at := at.Child("podFailurePolicy", "rules").Index(i)
		if rule.Action == batchv1.PodFailurePolicyActionFailIndex && s.BackoffLimitPerIndex == nil {
			errs = append(errs, field.Invalid(at.Child("action"), rule.Action, "requires the backoffLimitPerIndex to be set"))
		}
		errs = append(errs, oneOf(rule.Action, at.Child("action"), batchv1.PodFailurePolicyActionCount, batchv1.PodFailurePolicyActionFailIndex,
			batchv1.PodFailurePolicyActionFailJob, batchv1.PodFailurePolicyActionIgnore)...)
		if codes := rule.OnExitCodes; codes != nil {
			errs = append(errs, validateExitCodes(codes, at.Child("onExitCodes"))...)
		}
		switch both := rule.OnExitCodes != nil && len(rule.OnPodConditions) > 0; {
		case both:
			errs = append(errs, field.Invalid(at, field.OmitValueType{}, "specifying both OnExitCodes and OnPodConditions is not supported"))
		case rule.OnExitCodes == nil && len(rule.OnPodConditions) == 0:
			errs = append(errs, field.Invalid(at, field.OmitValueType{}, "specifying one of OnExitCodes and OnPodConditions is required"))
		}
	}
	return errs
}

func validateExitCodes(codes *batchv1.PodFailurePolicyOnExitCodesRequirement, at *field.Path) fieldErrors {
	errs := oneOf(codes.Operator, at.Child("operator"), batchv1.PodFailurePolicyOnExitCodesOpIn, batchv1.PodFailurePolicyOnExitCodesOpNotIn)
	if len(codes.Values) == 0 {
		errs = append(errs, field.Invalid(at.Child("values"), codes.Values, "at least one value is required"))
	}
	for i, value := range codes.Values {
		if value == 0 && codes.Operator == batchv1.PodFailurePolicyOnExitCodesOpIn {
			errs = append(errs, field.Invalid(at.Child("values").Index(i), value, "must not be 0 for the In operator"))
		}
	}
	return errs
}
