package controller

import (
	"context"
	"sort"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/utils/ptr"
)

var sliceGVR = discoveryv1.SchemeGroupVersion.WithResource("endpointslices")

// endpoints lists the addresses of the pods behind each Service, in an Endpoints object and in an EndpointSlice.
type endpoints struct{ *world }

func (e *endpoints) observe(ch change) []object {
	switch {
	case ch.gvr == serviceGVR:
		return []object{{namespace: ch.obj.GetNamespace(), name: ch.obj.GetName()}}
	case ch.gvr == podsGVR && ch.kind != watch.Added:
		return []object{{namespace: ch.obj.GetNamespace()}} // every service there: labels and addresses may have changed
	}
	return nil
}

func (e *endpoints) reconcile(ctx context.Context, at object) error {
	if at.name != "" {
		service, err := get[corev1.Service](ctx, e.world, serviceGVR, at.namespace, at.name)
		if err != nil {
			return err
		}
		if service == nil {
			return e.drop(ctx, at)
		}
		return e.sync(ctx, service)
	}
	services, err := list[corev1.Service](ctx, e.world, serviceGVR, at.namespace, nil)
	if err != nil {
		return err
	}
	for _, service := range services {
		if err := e.sync(ctx, service); err != nil {
			return err
		}
	}
	return nil
}

// drop deletes the Endpoints of a Service that is gone; its slices go with it through their owner.
func (e *endpoints) drop(ctx context.Context, at object) error {
	have, err := get[corev1.Endpoints](ctx, e.world, endsGVR, at.namespace, at.name)
	if err != nil || have == nil || have.Labels[managedEndpoints] == "" {
		return err
	}
	return e.remove(ctx, endsGVR, have, metav1.DeleteOptions{})
}

// managedEndpoints marks the Endpoints objects of this controller.
const managedEndpoints = "endpoints.kubernetes.io/managed-by"

// sync writes both objects if they changed. Services without a selector are somebody else's business.
func (e *endpoints) sync(ctx context.Context, s *corev1.Service) error {
	if len(s.Spec.Selector) == 0 || s.DeletionTimestamp != nil {
		return nil
	}
	pods, err := list[corev1.Pod](ctx, e.world, podsGVR, s.Namespace, labels.SelectorFromSet(s.Spec.Selector))
	if err != nil {
		return err
	}
	var behind []*corev1.Pod
	for _, pod := range pods {
		if active(pod) && pod.Status.PodIP != "" {
			behind = append(behind, pod)
		}
	}
	sort.SliceStable(behind, func(i, j int) bool { return behind[i].Status.PodIP < behind[j].Status.PodIP })
	if err := e.syncEndpoints(ctx, s, behind); err != nil {
		return err
	}
	return e.syncSlice(ctx, s, behind)
}

func (e *endpoints) syncEndpoints(ctx context.Context, s *corev1.Service, pods []*corev1.Pod) error {
	var subset corev1.EndpointSubset
	for _, pod := range pods {
		address := corev1.EndpointAddress{IP: pod.Status.PodIP, NodeName: &pod.Spec.NodeName, TargetRef: podRef(pod)}
		if _, ok := ready(pod); ok {
			subset.Addresses = append(subset.Addresses, address)
		} else {
			subset.NotReadyAddresses = append(subset.NotReadyAddresses, address)
		}
	}
	var subsets []corev1.EndpointSubset
	if len(pods) > 0 {
		for _, port := range s.Spec.Ports {
			if number, ok := portOf(port, pods[0]); ok {
				subset.Ports = append(subset.Ports, corev1.EndpointPort{Name: port.Name, Port: number, Protocol: port.Protocol})
			}
		}
		subsets = []corev1.EndpointSubset{subset}
	}
	have, err := get[corev1.Endpoints](ctx, e.world, endsGVR, s.Namespace, s.Name)
	if err != nil {
		return err
	}
	if have == nil {
		marks := map[string]string{managedEndpoints: "endpoint-controller"}
		for key, value := range s.Labels {
			marks[key] = value
		}
		_, err = create(ctx, e.world, endsGVR, &corev1.Endpoints{
			ObjectMeta: metav1.ObjectMeta{Name: s.Name, Namespace: s.Namespace, Labels: marks}, Subsets: subsets,
		})
		return err
	}
	if equal(have.Subsets, subsets) {
		return nil
	}
	have.Subsets = subsets
	return e.save(ctx, endsGVR, have, "")
}

func podRef(pod *corev1.Pod) *corev1.ObjectReference {
	return &corev1.ObjectReference{Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID}
}

// portOf resolves a service's target port, which may be the name of a container's port.
func portOf(port corev1.ServicePort, pod *corev1.Pod) (int32, bool) {
	if port.TargetPort.Type == intstr.Int {
		return port.TargetPort.IntVal, true
	}
	for _, c := range pod.Spec.Containers {
		for _, p := range c.Ports {
			if p.Name == port.TargetPort.StrVal && p.Protocol == port.Protocol {
				return p.ContainerPort, true
			}
		}
	}
	return 0, false
}

func (e *endpoints) syncSlice(ctx context.Context, s *corev1.Service, pods []*corev1.Pod) error {
	slice := e.slice(s, pods)
	slices, err := list[discoveryv1.EndpointSlice](ctx, e.world, sliceGVR, s.Namespace, labels.SelectorFromSet(labels.Set{discoveryv1.LabelServiceName: s.Name}))
	if err != nil {
		return err
	}
	if len(slices) == 0 {
		_, err = create(ctx, e.as("endpointslice-controller"), sliceGVR, slice)
		return err
	}
	have := slices[0]
	if equal(have.Endpoints, slice.Endpoints) && equal(have.Ports, slice.Ports) {
		return nil
	}
	have.Endpoints, have.Ports = slice.Endpoints, slice.Ports
	return e.as("endpointslice-controller").save(ctx, sliceGVR, have, "")
}

func (e *endpoints) slice(s *corev1.Service, pods []*corev1.Pod) *discoveryv1.EndpointSlice {
	marks := map[string]string{
		discoveryv1.LabelServiceName: s.Name, discoveryv1.LabelManagedBy: "endpointslice-controller.k8s.io",
	}
	for key, value := range s.Labels {
		marks[key] = value
	}
	slice := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			GenerateName: s.Name + "-", Namespace: s.Namespace, Labels: marks,
			OwnerReferences: []metav1.OwnerReference{controllerRef("Service", "v1", s)},
		},
		AddressType: discoveryv1.AddressTypeIPv4,
	}
	for _, pod := range pods {
		_, ok := ready(pod)
		slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{
			Addresses:  []string{pod.Status.PodIP},
			Conditions: discoveryv1.EndpointConditions{Ready: ptr.To(ok), Serving: ptr.To(ok), Terminating: ptr.To(false)},
			NodeName:   &pod.Spec.NodeName, TargetRef: podRef(pod),
		})
	}
	if len(pods) == 0 {
		return slice
	}
	for _, port := range s.Spec.Ports {
		if number, ok := portOf(port, pods[0]); ok {
			slice.Ports = append(slice.Ports, discoveryv1.EndpointPort{Name: &port.Name, Port: ptr.To(number), Protocol: &port.Protocol})
		}
	}
	return slice
}
