package quota

import (
	"fmt"
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	quotav1 "k8s.io/apiserver/pkg/quota/v1"
	resourcehelper "k8s.io/component-helpers/resource"
)

func podNames(hard []corev1.ResourceName) []corev1.ResourceName {
	names := quotav1.Intersection(hard, []corev1.ResourceName{
		"count/pods", corev1.ResourcePods, corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage,
		corev1.ResourceRequestsCPU, corev1.ResourceRequestsMemory, corev1.ResourceRequestsEphemeralStorage,
		corev1.ResourceLimitsCPU, corev1.ResourceLimitsMemory, corev1.ResourceLimitsEphemeralStorage,
	})
	for _, name := range hard {
		if quotav1.ContainsPrefix([]string{corev1.ResourceHugePagesPrefix, corev1.ResourceRequestsHugePagesPrefix}, name) || isExtended(name) {
			names = append(names, name)
		}
	}
	return names
}

func typed[T any](obj *unstructured.Unstructured) (*T, error) {
	out := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, out); err != nil {
		return nil, fmt.Errorf("decode %s %s: %w", obj.GetKind(), obj.GetName(), err)
	}
	return out, nil
}

// podUsage counts every pod that is stored, but what it requests only until it has ended.
func podUsage(obj *unstructured.Unstructured) (corev1.ResourceList, error) {
	pod, err := typed[corev1.Pod](obj)
	if err != nil {
		return nil, err
	}
	used := corev1.ResourceList{"count/pods": one()}
	if pod.Status.Phase == corev1.PodFailed || pod.Status.Phase == corev1.PodSucceeded {
		return used, nil
	}
	options := resourcehelper.PodResourcesOptions{UseStatusResources: true}
	return quotav1.Add(used, computed(resourcehelper.PodRequests(pod, options), resourcehelper.PodLimits(pod, options))), nil
}

// computed names requests and limits as quotas do.
func computed(requests, limits corev1.ResourceList) corev1.ResourceList {
	used := corev1.ResourceList{corev1.ResourcePods: one()}
	for name, quantity := range requests {
		prefixed := corev1.DefaultResourceRequestsPrefix + name
		switch {
		case isCompute(name), strings.HasPrefix(string(name), corev1.ResourceHugePagesPrefix):
			used[name], used[prefixed] = quantity, quantity
		case !isNative(string(name)):
			used[prefixed] = quantity
		}
	}
	for name, quantity := range limits {
		if isCompute(name) {
			used["limits."+name] = quantity
		}
	}
	return used
}

func isCompute(name corev1.ResourceName) bool {
	return name == corev1.ResourceCPU || name == corev1.ResourceMemory || name == corev1.ResourceEphemeralStorage
}

// podRequired refuses a pod whose containers do not say how much they use of the CPU or memory that a quota limits.
func podRequired(limited []corev1.ResourceName, obj *unstructured.Unstructured) error {
	pod, err := typed[corev1.Pod](obj)
	if err != nil {
		return err
	}
	if resourcehelper.IsPodLevelResourcesSet(pod) {
		return nil
	}
	names := quotav1.Intersection(limited, []corev1.ResourceName{
		corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceRequestsCPU, corev1.ResourceRequestsMemory,
		corev1.ResourceLimitsCPU, corev1.ResourceLimitsMemory,
	})
	var missing []string
	for _, name := range names {
		if silent := silentAbout(pod, name); len(silent) > 0 {
			missing = append(missing, fmt.Sprintf("%s for: %s", name, strings.Join(silent, ",")))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("must specify %s", strings.Join(missing, "; "))
}

// silentAbout names the containers that do not say how much they use of a resource.
func silentAbout(pod *corev1.Pod, name corev1.ResourceName) []string {
	var out []string
	for _, containers := range [][]corev1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
		for _, c := range containers {
			if _, ok := computed(c.Resources.Requests, c.Resources.Limits)[name]; !ok {
				out = append(out, c.Name)
			}
		}
	}
	sort.Strings(out)
	return out
}
