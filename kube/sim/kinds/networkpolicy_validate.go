package kinds

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func validateNetworkPolicy(p *networkingv1.NetworkPolicy) fieldErrors {
	at := field.NewPath("spec")
	errs := metav1validation.ValidateLabelSelector(&p.Spec.PodSelector, metav1validation.LabelSelectorValidationOptions{}, at.Child("podSelector"))
	for i, rule := range p.Spec.Ingress {
		at := at.Child("ingress").Index(i)
		errs = append(errs, validatePolicyPorts(rule.Ports, at.Child("ports"))...)
		errs = append(errs, validatePeers(rule.From, at.Child("from"))...)
	}
	for i, rule := range p.Spec.Egress {
		at := at.Child("egress").Index(i)
		errs = append(errs, validatePolicyPorts(rule.Ports, at.Child("ports"))...)
		errs = append(errs, validatePeers(rule.To, at.Child("to"))...)
	}
	types := at.Child("policyTypes")
	if len(p.Spec.PolicyTypes) > 2 {
		return append(errs, field.Invalid(types, p.Spec.PolicyTypes, "may not specify more than two policyTypes"))
	}
	for i, t := range p.Spec.PolicyTypes {
		errs = append(errs, oneOf(t, types.Index(i), networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress)...)
	}
	return errs
}

func validatePolicyPorts(ports []networkingv1.NetworkPolicyPort, at *field.Path) fieldErrors {
	var errs fieldErrors
	for i, port := range ports {
		at := at.Index(i)
		if port.Protocol != nil {
			errs = append(errs, oneOf(*port.Protocol, at.Child("protocol"), corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP)...)
		}
		if port.Port != nil {
			errs = append(errs, validPortRef(*port.Port, at.Child("port"))...)
		}
		errs = append(errs, validateEndPort(port, at)...)
	}
	return errs
}

func validateEndPort(port networkingv1.NetworkPolicyPort, at *field.Path) fieldErrors {
	if port.EndPort == nil {
		return nil
	}
	switch end := *port.EndPort; {
	case port.Port == nil:
		return fieldErrors{field.Required(at.Child("port"), "must be specified when `endPort` is specified")}
	case port.Port.Type == intstr.String:
		return fieldErrors{field.Invalid(at.Child("endPort"), end, "may not be specified when `port` is non-numeric")}
	case end < port.Port.IntVal: // the message shows the other port
		return fieldErrors{field.Invalid(at.Child("endPort"), port.Port.IntVal, "must be greater than or equal to `port`")}
	default:
		return validPort(end, at.Child("endPort"))
	}
}

func validatePeers(peers []networkingv1.NetworkPolicyPeer, at *field.Path) fieldErrors {
	var errs fieldErrors
	options := metav1validation.LabelSelectorValidationOptions{}
	for i, peer := range peers {
		at := at.Index(i)
		errs = append(errs, metav1validation.ValidateLabelSelector(peer.PodSelector, options, at.Child("podSelector"))...)
		errs = append(errs, metav1validation.ValidateLabelSelector(peer.NamespaceSelector, options, at.Child("namespaceSelector"))...)
		selects := peer.PodSelector != nil || peer.NamespaceSelector != nil
		switch {
		case peer.IPBlock != nil && selects:
			errs = append(errs, field.Forbidden(at, "may not specify both ipBlock and another peer"))
		case peer.IPBlock != nil:
			errs = append(errs, validateBlock(peer.IPBlock, at.Child("ipBlock"))...)
		case !selects:
			errs = append(errs, field.Required(at, "must specify a peer"))
		}
	}
	return errs
}

func validateBlock(b *networkingv1.IPBlock, at *field.Path) fieldErrors {
	if errs := validNetwork(b.CIDR, at.Child("cidr")); len(errs) > 0 {
		return errs
	}
	block := netip.MustParsePrefix(b.CIDR)
	var errs fieldErrors
	for i, text := range b.Except {
		at := at.Child("except").Index(i)
		if wrong := validNetwork(text, at); len(wrong) > 0 {
			errs = append(errs, wrong...)
			continue
		}
		if except := netip.MustParsePrefix(text); !block.Contains(except.Addr()) || except.Bits() <= block.Bits() {
			errs = append(errs, field.Invalid(at, text, "must be a strict subset of `cidr`"))
		}
	}
	return errs
}
