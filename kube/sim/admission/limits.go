package admission

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	resourcehelper "k8s.io/component-helpers/resource"
)

// limitRangerAnnotation says on a pod what it did not ask for itself.
const limitRangerAnnotation = "kubernetes.io/limit-ranger"

// applyDefaults fills in the requests and limits that a pod's containers left out.
func applyDefaults(pod *corev1.Pod, limits *corev1.LimitRange) {
	requests, most := corev1.ResourceList{}, corev1.ResourceList{}
	for _, item := range limits.Spec.Limits {
		if item.Type == corev1.LimitTypeContainer {
			addMissing(requests, item.DefaultRequest)
			addMissing(most, item.Default)
		}
	}
	var set []string
	fill := func(what string, containers []corev1.Container) {
		for i := range containers {
			c := &containers[i]
			for _, part := range []struct {
				name     string
				to       *corev1.ResourceList
				defaults corev1.ResourceList
			}{{"request", &c.Resources.Requests, requests}, {"limit", &c.Resources.Limits, most}} {
				if *part.to == nil {
					*part.to = corev1.ResourceList{}
				}
				if added := addMissing(*part.to, part.defaults); len(added) > 0 {
					set = append(set, fmt.Sprintf("%s %s for %s %s", strings.Join(added, ", "), part.name, what, c.Name))
				}
			}
		}
	}
	fill("container", pod.Spec.Containers)
	fill("init container", pod.Spec.InitContainers)
	if len(set) == 0 {
		return
	}
	if pod.Annotations == nil {
		pod.Annotations = map[string]string{}
	}
	pod.Annotations[limitRangerAnnotation] = "LimitRanger plugin set: " + strings.Join(set, "; ")
}

// addMissing adds what is only in from, and returns its names in order.
func addMissing(to, from corev1.ResourceList) []string {
	var added []string
	for name, quantity := range from {
		if _, ok := to[name]; !ok {
			to[name] = quantity.DeepCopy()
			added = append(added, string(name))
		}
	}
	slices.Sort(added)
	return added
}

// podErrors says in what a pod or its containers are outside of a LimitRange.
func podErrors(pod *corev1.Pod, limits *corev1.LimitRange) []error {
	var errs []error
	for _, item := range limits.Spec.Limits {
		switch item.Type {
		case corev1.LimitTypeContainer:
			for _, containers := range [][]corev1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
				for _, c := range containers {
					errs = append(errs, bounded(item, c.Resources.Requests, c.Resources.Limits)...)
				}
			}
		case corev1.LimitTypePod:
			options := resourcehelper.PodResourcesOptions{}
			errs = append(errs, bounded(item, resourcehelper.PodRequests(pod, options), resourcehelper.PodLimits(pod, options))...)
		}
	}
	return errs
}

// claimErrors says in what a claim is outside of a LimitRange. Only what it requests counts.
func claimErrors(claim *corev1.PersistentVolumeClaim, limits *corev1.LimitRange) []error {
	var errs []error
	for _, item := range limits.Spec.Limits {
		if item.Type != corev1.LimitTypePersistentVolumeClaim {
			continue
		}
		b := bound{item.Type, claim.Spec.Resources.Requests, corev1.ResourceList{}}
		errs = append(errs, each(item.Min, b.atLeast)...)
		errs = append(errs, each(item.Max, b.requestAtMost)...)
	}
	return errs
}

func bounded(item corev1.LimitRangeItem, requests, limits corev1.ResourceList) []error {
	b := bound{item.Type, requests, limits}
	return slices.Concat(each(item.Min, b.atLeast), each(item.Max, b.atMost), each(item.MaxLimitRequestRatio, b.ratio))
}

// each checks the resources of a list by name.
func each(list corev1.ResourceList, check func(corev1.ResourceName, resource.Quantity) error) []error {
	var names []corev1.ResourceName
	for name := range list {
		names = append(names, name)
	}
	slices.Sort(names)
	var errs []error
	for _, name := range names {
		if err := check(name, list[name]); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// bound is what one container, pod or claim asks for, to be compared with a LimitRange.
type bound struct {
	of               corev1.LimitType
	requests, limits corev1.ResourceList
}

func (b bound) atLeast(name corev1.ResourceName, least resource.Quantity) error {
	request, asked := b.requests[name]
	limit, limited := b.limits[name]
	rule := fmt.Sprintf("minimum %s usage per %s is %s", name, b.of, least.String())
	switch {
	case !asked:
		return fmt.Errorf("%s.  No request is specified", rule)
	case request.Cmp(least) < 0:
		return fmt.Errorf("%s, but request is %s", rule, request.String())
	case limited && limit.Cmp(least) < 0:
		return fmt.Errorf("%s, but limit is %s", rule, limit.String())
	}
	return nil
}

func (b bound) atMost(name corev1.ResourceName, most resource.Quantity) error {
	request, asked := b.requests[name]
	limit, limited := b.limits[name]
	rule := fmt.Sprintf("maximum %s usage per %s is %s", name, b.of, most.String())
	switch {
	case !limited:
		return fmt.Errorf("%s.  No limit is specified", rule)
	case limit.Cmp(most) > 0:
		return fmt.Errorf("%s, but limit is %s", rule, limit.String())
	case asked && request.Cmp(most) > 0:
		return fmt.Errorf("%s, but request is %s", rule, request.String())
	}
	return nil
}

func (b bound) requestAtMost(name corev1.ResourceName, most resource.Quantity) error {
	request, asked := b.requests[name]
	rule := fmt.Sprintf("maximum %s usage per %s is %s", name, b.of, most.String())
	switch {
	case !asked:
		return fmt.Errorf("%s.  No request is specified", rule)
	case request.Cmp(most) > 0:
		return fmt.Errorf("%s, but request is %s", rule, request.String())
	}
	return nil
}

func (b bound) ratio(name corev1.ResourceName, most resource.Quantity) error {
	request, asked := b.requests[name]
	limit, limited := b.limits[name]
	rule := fmt.Sprintf("%s max limit to request ratio per %s is %s", name, b.of, most.String())
	switch {
	case !asked || request.IsZero():
		return fmt.Errorf("%s, but no request is specified or request is 0", rule)
	case !limited || limit.IsZero():
		return fmt.Errorf("%s, but no limit is specified or limit is 0", rule)
	}
	if ratio := limit.AsApproximateFloat64() / request.AsApproximateFloat64(); ratio > most.AsApproximateFloat64() {
		return fmt.Errorf("%s, but provided ratio is %f", rule, ratio)
	}
	return nil
}
