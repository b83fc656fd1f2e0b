package kinds

import (
	"net/netip"
	"strings"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	nodev1 "k8s.io/api/node/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// systemPriorities are the classes that a cluster has of its own.
func systemPriorities() map[string]int32 {
	return map[string]int32{"system-node-critical": 2000001000, "system-cluster-critical": 2000000000}
}

func validatePriorityClass(c *schedulingv1.PriorityClass) fieldErrors {
	var errs fieldErrors
	if strings.HasPrefix(c.Name, "system-") {
		if value, known := systemPriorities()[c.Name]; !known || value != c.Value {
			errs = append(errs, field.Forbidden(field.NewPath("metadata", "name"),
				"priority class names with 'system-' prefix are reserved for system use only. error: "+c.Name+" is not a known system priority class"))
		}
	} else if c.Value > 1000000000 {
		errs = append(errs, field.Forbidden(field.NewPath("value"), "maximum allowed value of a user defined priority is 1000000000"))
	}
	if p := c.PreemptionPolicy; p != nil {
		errs = append(errs, oneOf(*p, field.NewPath("preemptionPolicy"), corev1.PreemptLowerPriority, corev1.PreemptNever)...)
	}
	return errs
}

func validateLease(l *coordinationv1.Lease) fieldErrors {
	at := field.NewPath("spec")
	var errs fieldErrors
	if d := l.Spec.LeaseDurationSeconds; d != nil && *d <= 0 {
		errs = append(errs, field.Invalid(at.Child("leaseDurationSeconds"), *d, "must be greater than 0"))
	}
	return append(errs, nonNegative(l.Spec.LeaseTransitions, at.Child("leaseTransitions"))...)
}

func validateRuntimeClass(c *nodev1.RuntimeClass) fieldErrors {
	return invalidFor(c.Handler, field.NewPath("handler"), validation.IsDNS1123Label(c.Handler))
}

// validateNode checks what people write: taints, and the addresses of pods.
func validateNode(n *corev1.Node) fieldErrors {
	var errs fieldErrors
	seen := map[[2]string]bool{}
	for i := range n.Spec.Taints {
		taint, at := &n.Spec.Taints[i], field.NewPath("metadata", "taints").Index(i)
		errs = append(errs, validQualified(taint.Key, at.Child("key"))...)
		errs = append(errs, invalidFor(taint.Value, at.Child("value"), validation.IsValidLabelValue(taint.Value))...)
		errs = append(errs, oneOf(taint.Effect, at.Child("effect"),
			corev1.TaintEffectNoSchedule, corev1.TaintEffectPreferNoSchedule, corev1.TaintEffectNoExecute)...)
		key := [2]string{taint.Key, string(taint.Effect)}
		if seen[key] {
			duplicate := field.Duplicate(at, internalOf(taint))
			duplicate.Detail = "taints must be unique by key and effect pair"
			errs = append(errs, duplicate)
		}
		seen[key] = true
	}
	if n.Spec.PodCIDR != "" {
		errs = append(errs, validNetwork(n.Spec.PodCIDR, field.NewPath("spec", "podCIDRs").Index(0))...)
	}
	return errs
}

func validateNodeUpdate(n, old *corev1.Node) fieldErrors {
	errs := validateNode(n)
	if old.Spec.ProviderID != "" && n.Spec.ProviderID != old.Spec.ProviderID {
		errs = append(errs, field.Forbidden(field.NewPath("spec", "providerID"), `node updates may not change providerID except from "" to valid`))
	}
	return errs
}

func validateEndpoints(e *corev1.Endpoints) fieldErrors {
	var errs fieldErrors
	for i, subset := range e.Subsets {
		at := field.NewPath("subsets").Index(i)
		if len(subset.Addresses)+len(subset.NotReadyAddresses) == 0 {
			errs = append(errs, field.Required(at, "must specify `addresses` or `notReadyAddresses`"))
		}
		for j, address := range subset.Addresses {
			errs = append(errs, validateEndpoint(address, at.Child("addresses").Index(j))...)
		}
		for j, address := range subset.NotReadyAddresses {
			errs = append(errs, validateEndpoint(address, at.Child("notReadyAddresses").Index(j))...)
		}
		for j, port := range subset.Ports {
			at := at.Child("ports").Index(j)
			if port.Name == "" && len(subset.Ports) > 1 {
				errs = append(errs, field.Required(at.Child("name"), ""))
			} else if port.Name != "" {
				errs = append(errs, invalidFor(port.Name, at.Child("name"), validation.IsDNS1123Label(port.Name))...)
			}
			errs = append(errs, validPort(port.Port, at.Child("port"))...)
			errs = append(errs, oneOf(port.Protocol, at.Child("protocol"), corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP)...)
		}
	}
	return errs
}

// validateEndpoint says twice of what is no address that it is none, as the server does.
func validateEndpoint(address corev1.EndpointAddress, at *field.Path) fieldErrors {
	errs := validAddress(address.IP, at.Child("ip"))
	if address.Hostname != "" {
		errs = append(errs, invalidFor(address.Hostname, at.Child("hostname"), validation.IsDNS1123Label(address.Hostname))...)
	}
	if _, err := netip.ParseAddr(address.IP); err != nil {
		errs = append(errs, field.Invalid(at.Child("ip"), address.IP, "must be a valid IP address"))
	}
	return errs
}

func validateEndpointSlice(s *discoveryv1.EndpointSlice) fieldErrors {
	errs := oneOf(s.AddressType, field.NewPath("addressType"), discoveryv1.AddressTypeFQDN, discoveryv1.AddressTypeIPv4, discoveryv1.AddressTypeIPv6)
	for i, port := range s.Ports {
		at := field.NewPath("ports").Index(i)
		if port.Name != nil && *port.Name != "" {
			errs = append(errs, invalidFor(*port.Name, at.Child("name"), apivalidation.NameIsDNSLabel(*port.Name, false))...)
		}
		if port.Protocol != nil {
			errs = append(errs, oneOf(*port.Protocol, at.Child("protocol"), corev1.ProtocolSCTP, corev1.ProtocolTCP, corev1.ProtocolUDP)...)
		}
	}
	for i, endpoint := range s.Endpoints {
		at := field.NewPath("endpoints").Index(i).Child("addresses")
		if len(endpoint.Addresses) == 0 {
			errs = append(errs, field.Required(at, "must contain at least 1 address"))
		}
		for j, address := range endpoint.Addresses {
			if s.AddressType != discoveryv1.AddressTypeFQDN && s.AddressType != "" {
				errs = append(errs, validAddress(address, at.Index(j))...)
			}
		}
	}
	return errs
}
