package quota

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
)

func serviceNames() []corev1.ResourceName {
	return []corev1.ResourceName{"count/services", corev1.ResourceServices, corev1.ResourceServicesNodePorts, corev1.ResourceServicesLoadBalancers}
}

// serviceUsage counts node ports as they will be given, not as they are: a new service has none yet.
func serviceUsage(obj *unstructured.Unstructured) (corev1.ResourceList, error) {
	s, err := typed[corev1.Service](obj)
	if err != nil {
		return nil, err
	}
	nodePorts, balancers := 0, int64(0)
	switch s.Spec.Type {
	case corev1.ServiceTypeNodePort:
		nodePorts = len(s.Spec.Ports)
	case corev1.ServiceTypeLoadBalancer:
		nodePorts, balancers = len(s.Spec.Ports), 1
		if !ptr.Deref(s.Spec.AllocateLoadBalancerNodePorts, true) {
			nodePorts = 0
			for _, port := range s.Spec.Ports {
				if port.NodePort != 0 {
					nodePorts++
				}
			}
		}
	}
	return corev1.ResourceList{
		"count/services": one(), corev1.ResourceServices: one(),
		corev1.ResourceServicesNodePorts:     *resource.NewQuantity(int64(nodePorts), resource.DecimalSI),
		corev1.ResourceServicesLoadBalancers: *resource.NewQuantity(balancers, resource.DecimalSI),
	}, nil
}

// byClass stands between the name of a storage class and what is limited of it.
const byClass = ".storageclass.storage.k8s.io/"

func claimNames(hard []corev1.ResourceName) []corev1.ResourceName {
	var out []corev1.ResourceName
	for _, name := range hard {
		_, limited, found := strings.Cut(string(name), byClass)
		if !found {
			limited = string(name)
		}
		switch limited {
		case string(corev1.ResourcePersistentVolumeClaims), string(corev1.ResourceRequestsStorage):
			out = append(out, name)
		case "count/persistentvolumeclaims":
			if !found {
				out = append(out, name)
			}
		}
	}
	return out
}

// claimUsage charges a claim to the namespace and to its storage class.
func claimUsage(obj *unstructured.Unstructured) (corev1.ResourceList, error) {
	claim, err := typed[corev1.PersistentVolumeClaim](obj)
	if err != nil {
		return nil, err
	}
	used := corev1.ResourceList{corev1.ResourcePersistentVolumeClaims: one()}
	if storage, ok := claim.Spec.Resources.Requests[corev1.ResourceStorage]; ok {
		storage = storage.DeepCopy()
		storage.RoundUp(0)
		used[corev1.ResourceRequestsStorage] = storage
	}
	if class := ptr.Deref(claim.Spec.StorageClassName, ""); class != "" {
		for name, quantity := range used.DeepCopy() {
			used[corev1.ResourceName(class+byClass)+name] = quantity
		}
	}
	used["count/persistentvolumeclaims"] = one()
	return used, nil
}
