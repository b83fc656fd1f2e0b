package kinds

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"podsec/kube/sim/api"
)

// inAll is the category behind "kubectl get all".
func inAll() []string { return []string{"all"} }

func podKind() *api.Kind {
	return builtin[*corev1.Pod]{
		new: func() *corev1.Pod { return &corev1.Pod{} }, group: corev1.SchemeGroupVersion,
		kind: "Pod", plural: "pods", short: []string{"po"}, categories: inAll(), status: true, generation: true, changed: podChanged,
		defaults: defaultPod, create: createPod, update: updatePod,
		validate: validatePod, validateUpdate: validatePodUpdate, validatePart: validatePodPart, warnings: podWarnings,
		columns: podColumns(), row: podRow,
	}.build()
}

// podChanged does not count the binding to a node, which the scheduler writes past the registry's strategy.
func podChanged(pod, old *corev1.Pod) bool {
	if old.Spec.NodeName != "" || pod.Spec.NodeName == "" {
		return !equal(pod.Spec, old.Spec)
	}
	spec := pod.Spec
	spec.NodeName = ""
	return !equal(spec, old.Spec)
}

// createPod sets the status that a new pod has before anybody looked at it, and fills in the fields that an annotation
// used to stand for.
func createPod(pod *corev1.Pod) {
	pod.Status = corev1.PodStatus{Phase: corev1.PodPending, QOSClass: qosClass(pod)}
	if len(pod.Spec.SchedulingGates) > 0 {
		pod.Status.Conditions = []corev1.PodCondition{{
			Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonSchedulingGated,
			Message: "Scheduling is blocked due to non-empty scheduling gates",
		}}
	}
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			adoptArmor(pod, &list[i])
		}
	}
}

// adoptArmor copies a container's AppArmor annotation to its field, unless the field is set or the pod's profile says
// the same (applyAppArmorVersionSkew of the pod registry). Policies on the field so apply to the annotation too.
func adoptArmor(pod *corev1.Pod, c *corev1.Container) {
	profile := armorProfile(pod.Annotations[corev1.DeprecatedAppArmorBetaContainerAnnotationKeyPrefix+c.Name])
	var all *corev1.AppArmorProfile
	if pod.Spec.SecurityContext != nil {
		all = pod.Spec.SecurityContext.AppArmorProfile
	}
	if profile == nil || equal(profile, all) || c.SecurityContext != nil && c.SecurityContext.AppArmorProfile != nil {
		return
	}
	setDefault(&c.SecurityContext, corev1.SecurityContext{})
	c.SecurityContext.AppArmorProfile = profile
}

// armorProfile is the profile that an annotation names, nil for none.
func armorProfile(annotation string) *corev1.AppArmorProfile {
	switch name, local := strings.CutPrefix(annotation, corev1.DeprecatedAppArmorBetaProfileNamePrefix); {
	case annotation == corev1.DeprecatedAppArmorBetaProfileNameUnconfined:
		return &corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeUnconfined}
	case annotation == corev1.DeprecatedAppArmorBetaProfileRuntimeDefault:
		return &corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeRuntimeDefault}
	case local && name != "":
		return &corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeLocalhost, LocalhostProfile: &name}
	}
	return nil
}
