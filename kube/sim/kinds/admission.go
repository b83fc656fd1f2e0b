package kinds

import (
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/kube/sim/api"
)

// admissionKinds are those of admissionregistration.k8s.io/v1.
func admissionKinds() []*api.Kind {
	return []*api.Kind{
		mutatingPolicyKind(), mutatingPolicyBindingKind(), mutatingWebhookKind(),
		validatingPolicyKind(), validatingPolicyBindingKind(), validatingWebhookKind(),
	}
}

func webhookColumns() []metav1.TableColumnDefinition {
	return columnsOf(number("Webhooks", "Webhooks indicates the number of webhooks registered in this configuration"))
}

func mutatingWebhookKind() *api.Kind {
	type config = admissionv1.MutatingWebhookConfiguration
	return builtin[*config]{
		new: func() *config { return &config{} }, group: admissionv1.SchemeGroupVersion,
		kind: "MutatingWebhookConfiguration", plural: "mutatingwebhookconfigurations", categories: []string{"api-extensions"}, cluster: true, generation: true,
		changed:  func(c, old *config) bool { return !equal(c.Webhooks, old.Webhooks) },
		defaults: defaultMutatingWebhooks, validate: validateMutatingWebhooks,
		columns: webhookColumns(),
		row:     func(c *config, now time.Time) []any { return []any{c.Name, int64(len(c.Webhooks)), ageOf(c, now)} },
	}.build()
}

func validatingWebhookKind() *api.Kind {
	type config = admissionv1.ValidatingWebhookConfiguration
	return builtin[*config]{
		new: func() *config { return &config{} }, group: admissionv1.SchemeGroupVersion,
		kind: "ValidatingWebhookConfiguration", plural: "validatingwebhookconfigurations", categories: []string{"api-extensions"}, cluster: true, generation: true,
		changed:  func(c, old *config) bool { return !equal(c.Webhooks, old.Webhooks) },
		defaults: defaultValidatingWebhooks, validate: validateValidatingWebhooks,
		columns: webhookColumns(),
		row:     func(c *config, now time.Time) []any { return []any{c.Name, int64(len(c.Webhooks)), ageOf(c, now)} },
	}.build()
}

func defaultMutatingWebhooks(c *admissionv1.MutatingWebhookConfiguration) {
	for i := range c.Webhooks {
		w := &c.Webhooks[i]
		setDefault(&w.FailurePolicy, admissionv1.Fail)
		setDefault(&w.MatchPolicy, admissionv1.Equivalent)
		setDefault(&w.NamespaceSelector, metav1.LabelSelector{})
		setDefault(&w.ObjectSelector, metav1.LabelSelector{})
		setDefault(&w.TimeoutSeconds, 10)
		setDefault(&w.ReinvocationPolicy, admissionv1.NeverReinvocationPolicy)
		defaultWebhook(&w.ClientConfig, w.Rules)
	}
}

func defaultValidatingWebhooks(c *admissionv1.ValidatingWebhookConfiguration) {
	for i := range c.Webhooks {
		w := &c.Webhooks[i]
		setDefault(&w.FailurePolicy, admissionv1.Fail)
		setDefault(&w.MatchPolicy, admissionv1.Equivalent)
		setDefault(&w.NamespaceSelector, metav1.LabelSelector{})
		setDefault(&w.ObjectSelector, metav1.LabelSelector{})
		setDefault(&w.TimeoutSeconds, 10)
		defaultWebhook(&w.ClientConfig, w.Rules)
	}
}

func defaultWebhook(c *admissionv1.WebhookClientConfig, rules []admissionv1.RuleWithOperations) {
	if c.Service != nil {
		setDefault(&c.Service.Port, 443)
	}
	for i := range rules {
		setDefault(&rules[i].Scope, admissionv1.AllScopes)
	}
}

func validateMutatingWebhooks(c *admissionv1.MutatingWebhookConfiguration) fieldErrors {
	var errs fieldErrors
	names := sets.New[string]()
	for i, w := range c.Webhooks {
		at := field.NewPath("webhooks").Index(i)
		errs = append(errs, validateWebhook(w.Name, w.SideEffects, w.AdmissionReviewVersions, w.TimeoutSeconds, w.ClientConfig, names, at)...)
	}
	return errs
}

func validateValidatingWebhooks(c *admissionv1.ValidatingWebhookConfiguration) fieldErrors {
	var errs fieldErrors
	names := sets.New[string]()
	for i, w := range c.Webhooks {
		at := field.NewPath("webhooks").Index(i)
		errs = append(errs, validateWebhook(w.Name, w.SideEffects, w.AdmissionReviewVersions, w.TimeoutSeconds, w.ClientConfig, names, at)...)
	}
	return errs
}

func validateWebhook(name string, effects *admissionv1.SideEffectClass, versions []string, timeout *int32,
	client admissionv1.WebhookClientConfig, names sets.Set[string], at *field.Path,
) fieldErrors {
	errs := validation.IsFullyQualifiedName(at.Child("name"), name)
	if names.Has(name) {
		errs = append(errs, field.Duplicate(at.Child("name"), name))
	}
	names.Insert(name)
	if len(versions) == 0 {
		errs = append(errs, field.Required(at.Child("admissionReviewVersions"), "must specify one of v1, v1beta1"))
	}
	allowed := []admissionv1.SideEffectClass{admissionv1.SideEffectClassNone, admissionv1.SideEffectClassNoneOnDryRun}
	switch {
	case effects == nil:
		errs = append(errs, field.Required(at.Child("sideEffects"), "must specify one of None, NoneOnDryRun"))
	case !sets.New(allowed...).Has(*effects):
		errs = append(errs, field.NotSupported(at.Child("sideEffects"), *effects, allowed))
	}
	if timeout != nil && (*timeout < 1 || *timeout > 30) {
		errs = append(errs, field.Invalid(at.Child("timeoutSeconds"), *timeout, "the timeout value must be between 1 and 30 seconds"))
	}
	if (client.URL == nil) == (client.Service == nil) {
		errs = append(errs, field.Required(at.Child("clientConfig"), "exactly one of url or service is required"))
	}
	return errs
}
