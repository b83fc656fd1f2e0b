package kinds

import (
	corev1 "k8s.io/api/core/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// validatePodSpec checks what people get wrong in a pod, with the texts and in the order of
// k8s.io/kubernetes/pkg/apis/core/validation. pod is false for templates.
func validatePodSpec(spec *corev1.PodSpec, at *field.Path) fieldErrors {
	parts, errs := validateVolumes(spec.Volumes, at.Child("volumes"))
	names := containerNames(spec)
	claims, wrong := validateClaims(spec.ResourceClaims, at.Child("resourceClaims"))
	errs = append(errs, wrong...)
	parts.claims = claims
	errs = append(errs, validateContainers(spec, parts, at.Child("containers"))...)
	errs = append(errs, validateInitContainers(spec, parts, at.Child("initContainers"))...)
	errs = append(errs, validateEphemeralContainers(spec, parts, names, at.Child("ephemeralContainers"))...)
	errs = append(errs, validatePodResources(spec.Resources, at.Child("resources"))...)
	errs = append(errs, oneOf(spec.RestartPolicy, at.Child("restartPolicy"),
		corev1.RestartPolicyAlways, corev1.RestartPolicyOnFailure, corev1.RestartPolicyNever)...)
	errs = append(errs, oneOf(spec.DNSPolicy, at.Child("dnsPolicy"),
		corev1.DNSClusterFirstWithHostNet, corev1.DNSClusterFirst, corev1.DNSDefault, corev1.DNSNone)...)
	errs = append(errs, metav1validation.ValidateLabels(spec.NodeSelector, at.Child("nodeSelector"))...)
	errs = append(errs, validatePodSecurityContext(spec, at)...)
	errs = append(errs, validateProcMounts(spec, at)...)
	errs = append(errs, validateHostNetwork(spec, at.Child("containers"))...)
	errs = append(errs, validateAffinity(spec.Affinity, at.Child("affinity"))...)
	errs = append(errs, validateDNSConfig(spec, at.Child("dnsConfig"))...)
	errs = append(errs, validateGates(spec, at)...)
	errs = append(errs, validateSpread(spec.TopologySpreadConstraints, at.Child("topologySpreadConstraints"))...)
	errs = append(errs, validateHostUsers(spec, at)...)
	errs = append(errs, validateNames(spec, at)...)
	if s := spec.ActiveDeadlineSeconds; s != nil && (*s < 1 || *s > 1<<31-1) {
		errs = append(errs, field.Invalid(at.Child("activeDeadlineSeconds"), *s, validation.InclusiveRangeError(1, 1<<31-1)))
	}
	errs = append(errs, validateTolerations(spec.Tolerations, at.Child("tolerations"))...)
	errs = append(errs, validateHostAliases(spec.HostAliases, at.Child("hostAliases"))...)
	errs = append(errs, validateResourceList(spec.Overhead, at.Child("overhead", "limits"))...)
	return append(errs, validateOS(spec, at)...)
}

// oneOf refuses an absent or unknown value of an enumeration.
func oneOf[T ~string](value T, at *field.Path, allowed ...T) fieldErrors {
	if value == "" {
		return fieldErrors{field.Required(at, "")}
	}
	if !sets.New(allowed...).Has(value) {
		return fieldErrors{field.NotSupported(at, value, allowed)}
	}
	return nil
}

// invalidFor turns the messages of a string check into errors.
func invalidFor(value string, at *field.Path, messages []string) fieldErrors {
	var errs fieldErrors
	for _, message := range messages {
		errs = append(errs, field.Invalid(at, value, message))
	}
	return errs
}

func containerNames(spec *corev1.PodSpec) sets.Set[string] {
	names := sets.New[string]()
	for _, list := range [][]corev1.Container{spec.Containers, spec.InitContainers} {
		for _, c := range list {
			names.Insert(c.Name)
		}
	}
	return names
}

func validateNames(spec *corev1.PodSpec, at *field.Path) fieldErrors {
	var errs fieldErrors
	check := func(child, value string, rule func(string) []string) {
		if value != "" {
			errs = append(errs, invalidFor(value, at.Child(child), rule(value))...)
		}
	}
	check("serviceAccountName", spec.ServiceAccountName, validation.IsDNS1123Subdomain)
	check("nodeName", spec.NodeName, validation.IsDNS1123Subdomain)
	check("hostname", spec.Hostname, validation.IsDNS1123Label)
	check("subdomain", spec.Subdomain, validation.IsDNS1123Label)
	check("schedulerName", spec.SchedulerName, validation.IsDNS1123Subdomain)
	check("priorityClassName", spec.PriorityClassName, validation.IsDNS1123Subdomain)
	if spec.RuntimeClassName != nil {
		check("runtimeClassName", *spec.RuntimeClassName, validation.IsDNS1123Subdomain)
	}
	return errs
}

// validateTemplate checks a pod template: its labels and annotations, then its spec.
func validateTemplate(t *corev1.PodTemplateSpec, at *field.Path) fieldErrors {
	meta := at.Child("metadata")
	errs := metav1validation.ValidateLabels(t.Labels, meta.Child("labels"))
	errs = append(errs, apivalidation.ValidateAnnotations(t.Annotations, meta.Child("annotations"))...)
	errs = append(errs, validatePodSpec(&t.Spec, at.Child("spec"))...)
	if len(t.Spec.EphemeralContainers) > 0 {
		errs = append(errs, field.Forbidden(at.Child("spec", "ephemeralContainers"), "ephemeral containers not allowed in pod template"))
	}
	return errs
}

// validatePod checks a pod that is being created.
func validatePod(pod *corev1.Pod) fieldErrors {
	at := field.NewPath("spec")
	errs := validatePodSpec(&pod.Spec, at)
	if len(pod.Spec.EphemeralContainers) > 0 {
		errs = append(errs, field.Forbidden(at.Child("ephemeralContainers"), "cannot be set on create"))
	}
	return errs
}
