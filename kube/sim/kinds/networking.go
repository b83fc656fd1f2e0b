package kinds

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"

	"podsec/kube/sim/api"
)

// networkingKinds are those of networking.k8s.io/v1.
func networkingKinds() []*api.Kind {
	return []*api.Kind{ingressClassKind(), ingressKind(), networkPolicyKind()}
}

func networkPolicyKind() *api.Kind {
	return builtin[*networkingv1.NetworkPolicy]{
		new: func() *networkingv1.NetworkPolicy { return &networkingv1.NetworkPolicy{} }, group: networkingv1.SchemeGroupVersion,
		kind: "NetworkPolicy", plural: "networkpolicies", short: []string{"netpol"}, generation: true,
		defaults: defaultNetworkPolicy,
		validate: validateNetworkPolicy, warnings: networkPolicyWarnings,
		columns: columnsOf(column("Pod-Selector", networkingv1.NetworkPolicySpec{}.SwaggerDoc()["podSelector"])),
		row: func(p *networkingv1.NetworkPolicy, now time.Time) []any {
			return []any{p.Name, selectorText(&p.Spec.PodSelector), ageOf(p, now)}
		},
	}.build()
}

// defaultNetworkPolicy: a policy is about ingress, and about egress too if it has rules for that.
func defaultNetworkPolicy(p *networkingv1.NetworkPolicy) {
	if len(p.Spec.PolicyTypes) == 0 {
		p.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
		if len(p.Spec.Egress) > 0 {
			p.Spec.PolicyTypes = append(p.Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
		}
	}
	for _, rule := range p.Spec.Ingress {
		defaultPolicyPorts(rule.Ports)
	}
	for _, rule := range p.Spec.Egress {
		defaultPolicyPorts(rule.Ports)
	}
}

func defaultPolicyPorts(ports []networkingv1.NetworkPolicyPort) {
	for i := range ports {
		setDefault(&ports[i].Protocol, corev1.ProtocolTCP)
	}
}

func ingressKind() *api.Kind {
	return builtin[*networkingv1.Ingress]{
		new: func() *networkingv1.Ingress { return &networkingv1.Ingress{} }, group: networkingv1.SchemeGroupVersion,
		kind: "Ingress", plural: "ingresses", short: []string{"ing"}, status: true, generation: true,
		validate: func(in *networkingv1.Ingress) fieldErrors {
			return append(validateIngress(in), validateClassAnnotation(in)...)
		},
		validateUpdate: func(in, _ *networkingv1.Ingress) fieldErrors { return validateIngress(in) },
		columns:        ingressColumns(), row: ingressRow,
	}.build()
}

func ingressColumns() []metav1.TableColumnDefinition {
	return columnsOf(
		column("Class", "The name of the IngressClass resource that should be used for additional configuration"),
		column("Hosts", "Hosts that incoming requests are matched against before the ingress rule"),
		column("Address", "Address is a list containing ingress points for the load-balancer"),
		column("Ports", "Ports of TLS configurations that open"),
	)
}

func ingressRow(in *networkingv1.Ingress, now time.Time) []any {
	var hosts, addresses []string
	for _, rule := range in.Spec.Rules {
		if rule.Host != "" {
			hosts = append(hosts, rule.Host)
		}
	}
	if len(hosts) == 0 {
		hosts = []string{"*"}
	}
	for _, point := range in.Status.LoadBalancer.Ingress {
		addresses = append(addresses, point.IP+point.Hostname)
	}
	ports := "80"
	if len(in.Spec.TLS) > 0 {
		ports = "80, 443"
	}
	return []any{
		in.Name, ptr.Deref(in.Spec.IngressClassName, none), moreThan(hosts, 3), strings.Join(addresses, ","), ports, ageOf(in, now),
	}
}

func ingressClassKind() *api.Kind {
	return builtin[*networkingv1.IngressClass]{
		new: func() *networkingv1.IngressClass { return &networkingv1.IngressClass{} }, group: networkingv1.SchemeGroupVersion,
		kind: "IngressClass", plural: "ingressclasses", cluster: true, generation: true,
		validate: validateIngressClass,
		validateUpdate: func(c, old *networkingv1.IngressClass) fieldErrors {
			return append(validateIngressClass(c), immutable(c.Spec.Controller, old.Spec.Controller, field.NewPath("spec", "controller"))...)
		},
		columns: columnsOf(
			column("Controller", networkingv1.IngressClassSpec{}.SwaggerDoc()["controller"]),
			column("Parameters", networkingv1.IngressClassSpec{}.SwaggerDoc()["parameters"]),
		),
		row: func(c *networkingv1.IngressClass, now time.Time) []any {
			parameters := none
			if p := c.Spec.Parameters; p != nil {
				parameters = strings.TrimPrefix(fmt.Sprintf("%s.%s/%s", p.Kind, ptr.Deref(p.APIGroup, ""), p.Name), ".")
			}
			return []any{c.Name, c.Spec.Controller, parameters, ageOf(c, now)}
		},
	}.build()
}
