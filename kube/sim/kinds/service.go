package kinds

import (
	"fmt"
	"hash/fnv"
	"net/netip"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"podsec/kube/sim/api"
)

func serviceKind() *api.Kind {
	return builtin[*corev1.Service]{
		new: func() *corev1.Service { return &corev1.Service{} }, group: corev1.SchemeGroupVersion,
		kind: "Service", plural: "services", short: []string{"svc"}, categories: inAll(), status: true,
		name: apivalidation.NameIsDNSLabel, defaults: defaultService, create: createService, update: updateService,
		validate: validateService, validateUpdate: validateServiceUpdate, warnings: serviceWarnings,
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
	if len(spec.ClusterIPs) == 0 {
		spec.ClusterIPs = []string{spec.ClusterIP}
	}
	setDefault(&spec.IPFamilyPolicy, corev1.IPFamilyPolicySingleStack)
	if len(spec.IPFamilies) == 0 {
		spec.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol}
	}
	allocateNodePorts(s)
}

// serviceRange holds the addresses of services, as on Amazon EKS.
var serviceRange = netip.MustParsePrefix("172.20.0.0/16")

// clusterIP picks an address of the range of services, above the first few, which belong
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

// dropTypeDependent takes away what a service had for the type that it no longer is, unless it was changed with the type
// (dropTypeDependentFields of the service registry).
func dropTypeDependent(spec, old *corev1.ServiceSpec) {
	if external(old.Type) && !external(spec.Type) {
		if samePorts(spec.Ports, old.Ports) {
			for i := range spec.Ports {
				spec.Ports[i].NodePort = 0
			}
		}
		if spec.ExternalTrafficPolicy == old.ExternalTrafficPolicy {
			spec.ExternalTrafficPolicy = ""
		}
	}
	if old.Type != corev1.ServiceTypeLoadBalancer || spec.Type == corev1.ServiceTypeLoadBalancer {
		return
	}
	if equal(spec.AllocateLoadBalancerNodePorts, old.AllocateLoadBalancerNodePorts) {
		spec.AllocateLoadBalancerNodePorts = nil
	}
	if equal(spec.LoadBalancerClass, old.LoadBalancerClass) {
		spec.LoadBalancerClass = nil
	}
	if spec.HealthCheckNodePort == old.HealthCheckNodePort {
		spec.HealthCheckNodePort = 0
	}
}

// samePorts says that no node port was asked for that was not there before.
func samePorts(ports, old []corev1.ServicePort) bool {
	had := map[int32]bool{0: true}
	for _, port := range old {
		had[port.NodePort] = true
	}
	return !slices.ContainsFunc(ports, func(port corev1.ServicePort) bool { return !had[port.NodePort] })
}

// updateService keeps the addresses that a client leaves out, and gives them up with the type that needed them.
func updateService(s, old *corev1.Service) {
	spec := &s.Spec
	dropTypeDependent(spec, &old.Spec)
	if spec.Type == corev1.ServiceTypeExternalName {
		spec.InternalTrafficPolicy = nil
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
