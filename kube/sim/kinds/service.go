package kinds

import (
	"fmt"
	"hash/fnv"
	"net/netip"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"

	"podsec/kube/sim/api"
)

func serviceKind() *api.Kind {
	return builtin[*corev1.Service]{
		new: func() *corev1.Service { return &corev1.Service{} }, group: corev1.SchemeGroupVersion,
		kind: "Service", plural: "services", short: []string{"svc"}, categories: inAll(), status: true,
		name: apivalidation.NameIsDNS1035Label, defaults: defaultService, create: createService, update: updateService,
		validate: validateService, validateUpdate: validateServiceUpdate,
		columns: serviceColumns(), row: serviceRow,
	}.build()
}

func defaultService(s *corev1.Service) {
	spec := &s.Spec
	setEmpty(&spec.SessionAffinity, corev1.ServiceAffinityNone)
	setEmpty(&spec.Type, corev1.ServiceTypeClusterIP)
	for i := range spec.Ports {
		port := &spec.Ports[i]
		setEmpty(&port.Protocol, corev1.ProtocolTCP)
		if port.TargetPort == (intstr.IntOrString{}) {
			port.TargetPort = intstr.FromInt32(port.Port)
		}
	}
	if spec.Type != corev1.ServiceTypeExternalName {
		setDefault(&spec.InternalTrafficPolicy, corev1.ServiceInternalTrafficPolicyCluster)
	}
	if external(spec.Type) {
		setEmpty(&spec.ExternalTrafficPolicy, corev1.ServiceExternalTrafficPolicyCluster)
	}
	if spec.Type == corev1.ServiceTypeLoadBalancer {
		setDefault(&spec.AllocateLoadBalancerNodePorts, true)
	}
}

func external(t corev1.ServiceType) bool {
	return t == corev1.ServiceTypeNodePort || t == corev1.ServiceTypeLoadBalancer
}

// createService gives the service its addresses. They follow from its name, so that a cluster that is built again has
// the same ones.
func createService(s *corev1.Service) {
	spec := &s.Spec
	s.Status = corev1.ServiceStatus{LoadBalancer: corev1.LoadBalancerStatus{}}
	if spec.Type == corev1.ServiceTypeExternalName {
		return
	}
	setEmpty(&spec.ClusterIP, clusterIP(s))
	spec.ClusterIPs = []string{spec.ClusterIP}
	setDefault(&spec.IPFamilyPolicy, corev1.IPFamilyPolicySingleStack)
	if len(spec.IPFamilies) == 0 {
		spec.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol}
	}
	allocateNodePorts(s)
}

// clusterIP picks an address of 172.20.0.0/16, the range of services on Amazon EKS, above the first few, which belong
// to the cluster itself.
func clusterIP(s *corev1.Service) string {
	n := nameHash(s.Namespace+"/"+s.Name)%(1<<16-512) + 256
	return netip.AddrFrom4([4]byte{172, 20, byte(n >> 8), byte(n)}).String()
}

// nodePorts is the range of ports that a cluster gives to services on its nodes unless it is told otherwise.
var nodePorts = struct{ first, last int32 }{30000, 32767}

func allocateNodePorts(s *corev1.Service) {
	if !external(s.Spec.Type) || !ptr.Deref(s.Spec.AllocateLoadBalancerNodePorts, true) {
		return
	}
	for i := range s.Spec.Ports {
		port := &s.Spec.Ports[i]
		n := nameHash(fmt.Sprintf("%s/%s/%d/%s", s.Namespace, s.Name, port.Port, port.Protocol))
		setEmpty(&port.NodePort, nodePorts.first+int32(n%2768))
	}
}

func nameHash(s string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s)) // a hash's Write never fails
	return h.Sum32()
}

// updateService keeps the addresses that a client leaves out, and gives them up with the type that needed them.
func updateService(s, old *corev1.Service) {
	spec := &s.Spec
	if spec.Type == corev1.ServiceTypeExternalName {
		spec.ClusterIP, spec.ClusterIPs, spec.IPFamilies, spec.IPFamilyPolicy = "", nil, nil, nil
		return
	}
	if old.Spec.Type == corev1.ServiceTypeExternalName {
		createService(s)
		return
	}
	setEmpty(&spec.ClusterIP, old.Spec.ClusterIP)
	if len(spec.ClusterIPs) == 0 {
		spec.ClusterIPs = old.Spec.ClusterIPs
	}
	setDefault(&spec.IPFamilyPolicy, ptr.Deref(old.Spec.IPFamilyPolicy, corev1.IPFamilyPolicySingleStack))
	if len(spec.IPFamilies) == 0 {
		spec.IPFamilies = old.Spec.IPFamilies
	}
	for i := range spec.Ports {
		for _, before := range old.Spec.Ports {
			if external(spec.Type) && before.Port == spec.Ports[i].Port && before.Protocol == spec.Ports[i].Protocol {
				setEmpty(&spec.Ports[i].NodePort, before.NodePort)
			}
		}
	}
	allocateNodePorts(s)
}

func validateService(s *corev1.Service) fieldErrors {
	at := field.NewPath("spec")
	errs := oneOf(s.Spec.Type, at.Child("type"), corev1.ServiceTypeClusterIP, corev1.ServiceTypeExternalName,
		corev1.ServiceTypeLoadBalancer, corev1.ServiceTypeNodePort)
	if len(s.Spec.Ports) == 0 && s.Spec.ClusterIP != corev1.ClusterIPNone && s.Spec.Type != corev1.ServiceTypeExternalName {
		errs = append(errs, field.Required(at.Child("ports"), ""))
	}
	if s.Spec.Type == corev1.ServiceTypeExternalName && s.Spec.ExternalName == "" {
		errs = append(errs, field.Required(at.Child("externalName"), ""))
	}
	errs = append(errs, validateServicePorts(s.Spec.Ports, at.Child("ports"))...)
	errs = append(errs, metav1validation.ValidateLabels(s.Spec.Selector, at.Child("selector"))...)
	return append(errs, oneOf(s.Spec.SessionAffinity, at.Child("sessionAffinity"), corev1.ServiceAffinityClientIP, corev1.ServiceAffinityNone)...)
}

func validateServicePorts(ports []corev1.ServicePort, at *field.Path) fieldErrors {
	var errs fieldErrors
	names, numbers := sets.New[string](), sets.New[string]()
	for i, port := range ports {
		at := at.Index(i)
		switch {
		case port.Name == "" && len(ports) > 1:
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
		if n := port.NodePort; n != 0 && (n < nodePorts.first || n > nodePorts.last) {
			errs = append(errs, field.Invalid(at.Child("nodePort"), n, fmt.Sprintf(
				"provided port is not in the valid range. The range of valid ports is %d-%d", nodePorts.first, nodePorts.last)))
		}
		errs = append(errs, validPortRef(port.TargetPort, at.Child("targetPort"))...)
		key := fmt.Sprintf("%s/%d", port.Protocol, port.Port)
		if numbers.Has(key) {
			errs = append(errs, field.Duplicate(at, corev1.ServicePort{Protocol: port.Protocol, Port: port.Port}))
		}
		numbers.Insert(key)
	}
	return errs
}

func validateServiceUpdate(s, old *corev1.Service) fieldErrors {
	var errs fieldErrors
	keepsIP := s.Spec.Type != corev1.ServiceTypeExternalName && old.Spec.Type != corev1.ServiceTypeExternalName
	if keepsIP && old.Spec.ClusterIP != "" && s.Spec.ClusterIP != old.Spec.ClusterIP {
		at := field.NewPath("spec", "clusterIPs").Index(0)
		errs = append(errs, field.Invalid(at, []string{s.Spec.ClusterIP}, "primary clusterIP can not be unset or changed"))
	}
	return append(errs, validateService(s)...)
}

func serviceColumns() []metav1.TableColumnDefinition {
	doc := corev1.ServiceSpec{}.SwaggerDoc()
	return columnsOf(
		column("Type", doc["type"]), column("Cluster-IP", doc["clusterIP"]), column("External-IP", doc["externalIPs"]),
		column("Port(s)", doc["ports"]), wide(column("Selector", doc["selector"])),
	)
}

func serviceRow(s *corev1.Service, now time.Time) []any {
	return []any{
		s.Name, string(s.Spec.Type), orNone(strings.Join(s.Spec.ClusterIPs[:min(1, len(s.Spec.ClusterIPs))], "")),
		externalIP(s), portsText(s.Spec.Ports), ageOf(s, now), labelsText(s.Spec.Selector),
	}
}

func externalIP(s *corev1.Service) string {
	ips := s.Spec.ExternalIPs
	switch s.Spec.Type {
	case corev1.ServiceTypeExternalName:
		return s.Spec.ExternalName
	case corev1.ServiceTypeLoadBalancer:
		for _, in := range s.Status.LoadBalancer.Ingress {
			ips = append([]string{in.IP + in.Hostname}, ips...)
		}
		if len(ips) == 0 {
			return "<pending>"
		}
	}
	return joinOrNone(ips)
}

func portsText(ports []corev1.ServicePort) string {
	var out []string
	for _, port := range ports {
		text := fmt.Sprintf("%d/%s", port.Port, port.Protocol)
		if port.NodePort > 0 {
			text = fmt.Sprintf("%d:%d/%s", port.Port, port.NodePort, port.Protocol)
		}
		out = append(out, text)
	}
	return joinOrNone(out)
}
