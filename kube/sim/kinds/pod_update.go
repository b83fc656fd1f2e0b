package kinds

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/diff"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
)

// updatablePodFields is the server's list of what a running pod's owner may still change.
const updatablePodFields = "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`," +
	"`spec.tolerations` (only additions to existing tolerations)," +
	"`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"

// updatePod carries over what the server worked out when the pod was created.
func updatePod(pod, old *corev1.Pod) {
	setEmpty(&pod.Status.QOSClass, old.Status.QOSClass)
}

// validatePodUpdate allows a pod the few changes that do not restart it. Besides those it accepts what the binding
// subresource writes: a node for a pod that has none.
func validatePodUpdate(pod, old *corev1.Pod) fieldErrors {
	at := field.NewPath("spec")
	errs := validatePodSpec(&pod.Spec, at)
	if len(pod.Spec.Containers) != len(old.Spec.Containers) {
		return append(errs, field.Forbidden(at.Child("containers"), "pod updates may not add or remove containers"))
	}
	if len(pod.Spec.InitContainers) != len(old.Spec.InitContainers) {
		return append(errs, field.Forbidden(at.Child("initContainers"), "pod updates may not add or remove containers"))
	}
	errs = append(errs, validateDeadlineUpdate(pod, old, at.Child("activeDeadlineSeconds"))...)
	errs = append(errs, validateAddedTolerations(pod, old, at.Child("tolerations"))...)
	if added := addedGate(pod.Spec.SchedulingGates, old.Spec.SchedulingGates); added >= 0 {
		return append(errs, field.Forbidden(at.Child("schedulingGates").Index(added).Child("name"),
			"only deletion is allowed, but found new scheduling gate '"+pod.Spec.SchedulingGates[added].Name+"'"))
	}
	munged := withUpdatable(&pod.Spec, &old.Spec)
	if !equal(*munged, old.Spec) {
		changes := diff.Diff(internalForm(&old.Spec), internalForm(munged))
		errs = append(errs, field.Forbidden(at, "pod updates may not change fields other than "+updatablePodFields+"\n"+changes))
	}
	return errs
}

// validatePodPart allows further ephemeral containers, and other resources for a pod that is on no node yet: the simulated
// nodes resize nothing.
func validatePodPart(subresource string, pod, old *corev1.Pod) (fieldErrors, bool) {
	at := field.NewPath("spec")
	switch subresource {
	case "ephemeralcontainers":
		return validateAddedEphemeral(pod, old, at.Child("ephemeralContainers")), true
	case "resize":
		errs := validatePodSpec(&pod.Spec, at)
		if qosClass(pod) != old.Status.QOSClass {
			errs = append(errs, field.Invalid(at, old.Status.QOSClass, "Pod QOS Class may not change as a result of resizing"))
		}
		if old.Spec.NodeName != "" {
			errs = append(errs, field.Forbidden(at, "Pod running on node without support for resize"))
		}
		return errs, true
	}
	return nil, false
}

func validateDeadlineUpdate(pod, old *corev1.Pod, at *field.Path) fieldErrors {
	now, before := pod.Spec.ActiveDeadlineSeconds, old.Spec.ActiveDeadlineSeconds
	switch {
	case now == nil && before != nil:
		return fieldErrors{field.Invalid(at, now, "must not update from a positive integer to nil value")}
	case now == nil:
		return nil
	case *now < 0 || *now > 1<<31-1:
		return fieldErrors{field.Invalid(at, *now, validation.InclusiveRangeError(0, 1<<31-1))}
	case before != nil && *now > *before:
		return fieldErrors{field.Invalid(at, *now, "must be less than or equal to previous value")}
	}
	return nil
}

func validateAddedTolerations(pod, old *corev1.Pod, at *field.Path) fieldErrors {
	for _, before := range old.Spec.Tolerations {
		kept := false
		for _, now := range pod.Spec.Tolerations {
			now.TolerationSeconds = before.TolerationSeconds // the one part that may change
			kept = kept || equal(now, before)
		}
		if !kept {
			return fieldErrors{field.Forbidden(at, "existing toleration can not be modified except its tolerationSeconds")}
		}
	}
	return nil
}

func validateAddedEphemeral(pod, old *corev1.Pod, at *field.Path) fieldErrors {
	now, before := pod.Spec.EphemeralContainers, old.Spec.EphemeralContainers
	if equal(now, before) {
		return nil
	}
	for _, have := range before {
		kept := false
		for _, c := range now {
			if c.Name == have.Name {
				kept = true
				if !equal(c, have) {
					return fieldErrors{field.Forbidden(at, "existing ephemeral containers \""+c.Name+"\" may not be changed\n")}
				}
			}
		}
		if !kept {
			return fieldErrors{field.Forbidden(at, "existing ephemeral containers \""+have.Name+"\" may not be removed\n")}
		}
	}
	volumes, _ := validateVolumes(pod.Spec.Volumes, nil)
	return validateEphemeralContainers(&pod.Spec, volumes, containerNames(&pod.Spec), at)
}

// withUpdatable returns the new spec with every field that may change put back to its old value, so that whatever
// still differs is a change that is not allowed.
func withUpdatable(spec, old *corev1.PodSpec) *corev1.PodSpec {
	s := spec.DeepCopy()
	for i := range s.Containers {
		s.Containers[i].Image = old.Containers[i].Image
	}
	for i := range s.InitContainers {
		s.InitContainers[i].Image = old.InitContainers[i].Image
	}
	s.ActiveDeadlineSeconds = old.ActiveDeadlineSeconds
	s.Tolerations = old.Tolerations
	if old.NodeName == "" {
		s.NodeName = ""
	}
	if g := old.TerminationGracePeriodSeconds; g != nil && *g < 0 && ptr.Deref(s.TerminationGracePeriodSeconds, 0) == 1 {
		s.TerminationGracePeriodSeconds = g
	}
	if len(old.SchedulingGates) > 0 {
		s.SchedulingGates = old.SchedulingGates
		s.NodeSelector, s.Affinity = old.NodeSelector, old.Affinity
	}
	return s
}

// addedGate is the index of a gate that was not there, -1 if gates were lifted at most.
func addedGate(now, old []corev1.PodSchedulingGate) int {
	return slices.IndexFunc(now, func(gate corev1.PodSchedulingGate) bool { return !slices.Contains(old, gate) })
}
