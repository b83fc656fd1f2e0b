package kinds

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Addresses that are valid but not written as RFC 5952 wants are taken with a warning.

// podAddressWarnings looks at the addresses in a pod's spec; at is where that is.
func podAddressWarnings(spec *corev1.PodSpec, at *field.Path) []string {
	var out []string
	if spec.DNSConfig != nil {
		for i, server := range spec.DNSConfig.Nameservers {
			out = append(out, validation.GetWarningsForIP(at.Child("dnsConfig", "nameservers").Index(i), server)...)
		}
	}
	for i, alias := range spec.HostAliases {
		out = append(out, validation.GetWarningsForIP(at.Child("hostAliases").Index(i).Child("ip"), alias.IP)...)
	}
	return out
}

func serviceAddressWarnings(spec *corev1.ServiceSpec) []string {
	var out []string
	at := field.NewPath("spec")
	for i, address := range spec.ExternalIPs {
		out = append(out, validation.GetWarningsForIP(at.Child("externalIPs").Index(i), address)...)
	}
	// No rule says that this one is an address: what is none is not looked at.
	if address := spec.LoadBalancerIP; address != "" && len(validAddress(address, at)) == 0 {
		out = append(out, validation.GetWarningsForIP(at.Child("loadBalancerIP"), address)...)
	}
	for i, source := range spec.LoadBalancerSourceRanges {
		out = append(out, validation.GetWarningsForCIDR(at.Child("loadBalancerSourceRanges").Index(i), strings.TrimSpace(source))...)
	}
	return out
}

func nodeWarnings(n *corev1.Node) []string {
	if n.Spec.PodCIDR == "" {
		return nil
	}
	return validation.GetWarningsForCIDR(field.NewPath("spec", "podCIDRs").Index(0), n.Spec.PodCIDR)
}

func networkPolicyWarnings(p *networkingv1.NetworkPolicy) []string {
	var out []string
	at := field.NewPath("spec")
	for i, rule := range p.Spec.Ingress {
		out = append(out, blockWarnings(rule.From, at.Child("ingress").Index(i).Child("from"))...)
	}
	for i, rule := range p.Spec.Egress {
		out = append(out, blockWarnings(rule.To, at.Child("egress").Index(i).Child("to"))...)
	}
	return out
}

func blockWarnings(peers []networkingv1.NetworkPolicyPeer, at *field.Path) []string {
	var out []string
	for i, peer := range peers {
		if peer.IPBlock == nil {
			continue
		}
		at := at.Index(i).Child("ipBlock")
		out = append(out, validation.GetWarningsForCIDR(at.Child("cidr"), peer.IPBlock.CIDR)...)
		for j, except := range peer.IPBlock.Except {
			out = append(out, validation.GetWarningsForCIDR(at.Child("except").Index(j), except)...)
		}
	}
	return out
}
