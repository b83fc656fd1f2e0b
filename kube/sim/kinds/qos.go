package kinds

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// qosClass says how a pod's requests and limits rank it: BestEffort without any, Guaranteed when every container limits
// both cpu and memory to what it requests, Burstable otherwise.
func qosClass(pod *corev1.Pod) corev1.PodQOSClass {
	requests, limits := corev1.ResourceList{}, corev1.ResourceList{}
	guaranteed := true
	for _, list := range [][]corev1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
		for _, c := range list {
			addCompute(requests, c.Resources.Requests)
			guaranteed = addCompute(limits, c.Resources.Limits) == 2 && guaranteed
		}
	}
	if len(requests) == 0 && len(limits) == 0 {
		return corev1.PodQOSBestEffort
	}
	for name, request := range requests {
		if limit, ok := limits[name]; !ok || limit.Cmp(request) != 0 {
			guaranteed = false
		}
	}
	if guaranteed && len(requests) == len(limits) {
		return corev1.PodQOSGuaranteed
	}
	return corev1.PodQOSBurstable
}

// addCompute sums cpu and memory into total and returns how many of the two were given.
func addCompute(total, list corev1.ResourceList) int {
	found := 0
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		quantity, ok := list[name]
		if !ok || quantity.Cmp(resource.Quantity{}) <= 0 {
			continue
		}
		found++
		sum := total[name]
		sum.Add(quantity)
		total[name] = sum
	}
	return found
}
