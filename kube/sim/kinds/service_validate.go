package kinds

import (
	"fmt"
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
)

// validateService checks a service in the order of ValidateService of k8s.io/kubernetes.
func validateService(s *corev1.Service) fieldErrors {
	at, spec := field.NewPath("spec"), &s.Spec
	var errs fieldErrors
	if len(spec.Ports) == 0 && spec.ClusterIP != corev1.ClusterIPNone && spec.Type != corev1.ServiceTypeExternalName {
		errs = append(errs, field.Required(at.Child("ports"), ""))
	}
	if spec.Type == corev1.ServiceTypeExternalName {
		errs = append(errs, validateExternalName(spec, at)...)
	}
	if external(spec.Type) && spec.ClusterIP == corev1.ClusterIPNone {
		errs = append(errs, field.Invalid(at.Child("clusterIPs").Index(0), spec.ClusterIP, fmt.Sprintf("may not be set to 'None' for %s services", spec.Type)))
	}
	errs = append(errs, validateServicePorts(spec, at.Child("ports"))...)
	errs = append(errs, metav1validation.ValidateLabels(spec.Selector, at.Child("selector"))...)
	errs = append(errs, oneOf(spec.SessionAffinity, at.Child("sessionAffinity"), corev1.ServiceAffinityClientIP, corev1.ServiceAffinityNone)...)
	errs = append(errs, validateAffinityTime(spec, at.Child("sessionAffinityConfig", "clientIP", "timeoutSeconds"))...)
	errs = append(errs, validateClusterAddresses(spec, at)...)
	errs = append(errs, validateExternalAddresses(spec.ExternalIPs, at.Child("externalIPs"))...)
	errs = append(errs, oneOf(spec.Type, at.Child("type"), corev1.ServiceTypeClusterIP, corev1.ServiceTypeExternalName,
		corev1.ServiceTypeLoadBalancer, corev1.ServiceTypeNodePort)...)
	errs = append(errs, validateLoadBalancer(spec, at)...)
	return append(errs, validateTraffic(spec, at)...)
}

func validateExternalName(spec *corev1.ServiceSpec, at *field.Path) fieldErrors {
	var errs fieldErrors
	if spec.ClusterIP != "" || len(spec.ClusterIPs) > 0 {
		errs = append(errs, field.Forbidden(at.Child("clusterIPs"), "may not be set for ExternalName services"))
	}
	if spec.ExternalName == "" {
		return append(errs, field.Required(at.Child("externalName"), ""))
	}
	return append(errs, invalidFor(spec.ExternalName, at.Child("externalName"), validation.IsDNS1123Subdomain(spec.ExternalName))...)
}

func validateAffinityTime(spec *corev1.ServiceSpec, at *field.Path) fieldErrors {
	c := spec.SessionAffinityConfig
	if spec.SessionAffinity != corev1.ServiceAffinityClientIP || c == nil || c.ClientIP == nil || c.ClientIP.TimeoutSeconds == nil {
		return nil
	}
	if s := *c.ClientIP.TimeoutSeconds; s <= 0 || s > 86400 {
		return fieldErrors{field.Invalid(at, s, "must be greater than 0 and less than 86400")}
	}
	return nil
}

// validateClusterAddresses: a cluster here has addresses of one family, IPv4.
func validateClusterAddresses(spec *corev1.ServiceSpec, at *field.Path) fieldErrors {
	if spec.Type == corev1.ServiceTypeExternalName {
		return nil
	}
	var errs fieldErrors
	for i, address := range spec.ClusterIPs {
		if address != corev1.ClusterIPNone {
			errs = append(errs, validAddress(address, at.Child("clusterIPs").Index(i))...)
		}
	}
	if p := spec.IPFamilyPolicy; p != nil && *p == corev1.IPFamilyPolicyRequireDualStack {
		errs = append(errs, field.Invalid(at.Child("ipFamilyPolicy"), *p, "this cluster is not configured for dual-stack services"))
	}
	for i, family := range spec.IPFamilies {
		if family == corev1.IPv6Protocol {
			errs = append(errs, field.Invalid(at.Child("ipFamilies").Index(i), family, "not configured on this cluster"))
		}
	}
	if address, err := netip.ParseAddr(spec.ClusterIP); err == nil && !serviceRange.Contains(address) {
		errs = append(errs, field.Invalid(at.Child("clusterIPs"), spec.ClusterIPs, fmt.Sprintf(
			"failed to allocate IP %s: the provided IP (%[1]s) is not in the valid range. The range of valid IPs is %s", spec.ClusterIP, serviceRange)))
	}
	return errs
}

func validateExternalAddresses(addresses []string, at *field.Path) fieldErrors {
	var errs fieldErrors
	for i, address := range addresses {
		at := at.Index(i)
		wrong := validAddress(address, at)
		if ip, err := netip.ParseAddr(address); err == nil {
			switch {
			case ip.IsUnspecified():
				wrong = append(wrong, field.Invalid(at, address, fmt.Sprintf("may not be unspecified (%v)", address)))
			case ip.IsLoopback():
				wrong = append(wrong, field.Invalid(at, address, "may not be in the loopback range (127.0.0.0/8, ::1/128)"))
			case ip.IsLinkLocalUnicast():
				wrong = append(wrong, field.Invalid(at, address, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"))
			case ip.IsLinkLocalMulticast():
				wrong = append(wrong, field.Invalid(at, address, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"))
			}
		}
		errs = append(errs, wrong...)
	}
	return errs
}

// validateLoadBalancer checks what only load balancers have.
func validateLoadBalancer(spec *corev1.ServiceSpec, at *field.Path) fieldErrors {
	var errs fieldErrors
	balancer := spec.Type == corev1.ServiceTypeLoadBalancer
	only := "may only be used when `type` is 'LoadBalancer'"
	if len(spec.LoadBalancerSourceRanges) > 0 {
		at := at.Child("LoadBalancerSourceRanges")
		if !balancer {
			errs = append(errs, field.Forbidden(at, only))
		}
		for i, source := range spec.LoadBalancerSourceRanges {
			errs = append(errs, validNetwork(strings.TrimSpace(source), at.Index(i))...)
		}
	}
	if spec.AllocateLoadBalancerNodePorts != nil && !balancer {
		errs = append(errs, field.Forbidden(at.Child("allocateLoadBalancerNodePorts"), only))
	}
	if spec.LoadBalancerClass != nil && !balancer {
		errs = append(errs, field.Forbidden(at.Child("loadBalancerClass"), only))
	}
	return errs
}

// validateTraffic checks how what comes from outside, and from inside, gets to the pods.
func validateTraffic(spec *corev1.ServiceSpec, at *field.Path) fieldErrors {
	var errs fieldErrors
	cluster, local := corev1.ServiceExternalTrafficPolicyCluster, corev1.ServiceExternalTrafficPolicyLocal
	reachable := external(spec.Type) || spec.Type == corev1.ServiceTypeClusterIP && len(spec.ExternalIPs) > 0
	switch p := spec.ExternalTrafficPolicy; {
	case p != "" && !reachable:
		errs = append(errs, field.Invalid(at.Child("externalTrafficPolicy"), p, "may only be set for externally-accessible services"))
	case reachable && p != "":
		errs = append(errs, oneOf(p, at.Child("externalTrafficPolicy"), cluster, local)...)
	}
	if spec.HealthCheckNodePort != 0 && (spec.Type != corev1.ServiceTypeLoadBalancer || spec.ExternalTrafficPolicy != local) {
		errs = append(errs, field.Invalid(at.Child("healthCheckNodePort"), spec.HealthCheckNodePort,
			"may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"))
	}
	if p := spec.InternalTrafficPolicy; p != nil {
		errs = append(errs, oneOf(*p, at.Child("internalTrafficPolicy"), corev1.ServiceInternalTrafficPolicyCluster, corev1.ServiceInternalTrafficPolicyLocal)...)
	}
	if d := ptr.Deref(spec.TrafficDistribution, ""); d != "" {
		errs = append(errs, oneOf(d, at.Child("trafficDistribution"), corev1.ServiceTrafficDistributionPreferClose,
			corev1.ServiceTrafficDistributionPreferSameZone, corev1.ServiceTrafficDistributionPreferSameNode)...)
	}
	return errs
}

func validateServicePorts(spec *corev1.ServiceSpec, at *field.Path) fieldErrors {
	var errs fieldErrors
	names, numbers := sets.New[string](), sets.New[string]()
	for i := range spec.Ports {
		port, at := &spec.Ports[i], at.Index(i)
		switch {
		case port.Name == "" && len(spec.Ports) > 1:
			errs = append(errs, field.Required(at.Child("name"), ""))
		case port.Name != "":
			errs = append(errs, invalidFor(port.Name, at.Child("name"), validation.IsDNS1123Label(port.Name))...)
			if names.Has(port.Name) {
				errs = append(errs, field.Duplicate(at.Child("name"), port.Name))
			}
			names.Insert(port.Name)
		}
		errs = append(errs, validPort(port.Port, at.Child("port"))...)
		errs = append(errs, oneOf(port.Protocol, at.Child("protocol"), corev1.ProtocolSCTP, corev1.ProtocolTCP, corev1.ProtocolUDP)...)
		errs = append(errs, validPortRef(port.TargetPort, at.Child("targetPort"))...)
		if p := port.AppProtocol; p != nil {
			errs = append(errs, validQualified(*p, at.Child("appProtocol"))...)
		}
		errs = append(errs, validateNodePort(spec.Type, port.NodePort, at.Child("nodePort"))...)
		key := fmt.Sprintf("%s/%d", port.Protocol, port.Port)
		if numbers.Has(key) {
			errs = append(errs, field.Duplicate(at, internalOf(&corev1.ServicePort{Protocol: port.Protocol, Port: port.Port})))
		}
		numbers.Insert(key)
	}
	return errs
}

func validateNodePort(t corev1.ServiceType, port int32, at *field.Path) fieldErrors {
	switch {
	case port == 0:
	case t == corev1.ServiceTypeClusterIP:
		return fieldErrors{field.Forbidden(at, "may not be used when `type` is 'ClusterIP'")}
	case port < nodePorts.first || port > nodePorts.last:
		return fieldErrors{field.Invalid(at, port, fmt.Sprintf(
			"provided port is not in the valid range. The range of valid ports is %d-%d", nodePorts.first, nodePorts.last))}
	}
	return nil
}

func validateServiceUpdate(s, old *corev1.Service) fieldErrors {
	var errs fieldErrors
	keepsIP := s.Spec.Type != corev1.ServiceTypeExternalName && old.Spec.Type != corev1.ServiceTypeExternalName
	if keepsIP && old.Spec.ClusterIP != "" && s.Spec.ClusterIP != old.Spec.ClusterIP {
		at := field.NewPath("spec", "clusterIPs").Index(0)
		errs = append(errs, field.Invalid(at, []string{s.Spec.ClusterIP}, "may not change once set"))
	}
	return append(errs, validateService(s)...)
}

// serviceWarnings are about fields that mean nothing in a service of this kind.
func serviceWarnings(s *corev1.Service) []string {
	var out []string
	spec := &s.Spec
	if spec.ExternalName != "" && spec.Type != corev1.ServiceTypeExternalName {
		out = append(out, `spec.externalName is ignored when spec.type is not "ExternalName"`)
	}
	if spec.ClusterIP == corev1.ClusterIPNone {
		if len(spec.ExternalIPs) > 0 {
			out = append(out, "spec.externalIPs is ignored for headless services")
		}
		if spec.SessionAffinity != corev1.ServiceAffinityNone {
			out = append(out, "spec.SessionAffinity is ignored for headless services")
		}
	}
	return append(out, serviceAddressWarnings(spec)...)
}
