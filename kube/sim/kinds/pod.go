package kinds

import (
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
		validate: validatePod, validateUpdate: validatePodUpdate, warnings: podWarnings,
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
