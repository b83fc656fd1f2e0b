package kinds

import (
	"net/netip"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// validateIngress checks an ingress in the order of the networking group of k8s.io/kubernetes.
func validateIngress(in *networkingv1.Ingress) fieldErrors {
	at := field.NewPath("spec")
	var errs fieldErrors
	if len(in.Spec.Rules) == 0 && in.Spec.DefaultBackend == nil {
		errs = append(errs, field.Invalid(at, in.Spec.Rules, "either `defaultBackend` or `rules` must be specified"))
	}
	if in.Spec.DefaultBackend != nil {
		errs = append(errs, validateBackend(in.Spec.DefaultBackend, at.Child("defaultBackend"))...)
	}
	for i := range in.Spec.Rules {
		errs = append(errs, validateIngressRule(&in.Spec.Rules[i], at.Child("rules").Index(i))...)
	}
	for i, tls := range in.Spec.TLS {
		at := at.Child("tls").Index(i)
		for j, host := range tls.Hosts {
			errs = append(errs, validHost(host, at.Child("hosts").Index(j))...)
		}
		if tls.SecretName != "" {
			errs = append(errs, invalidFor(tls.SecretName, at.Child("secretName"), validation.IsDNS1123Subdomain(tls.SecretName))...)
		}
	}
	if class := in.Spec.IngressClassName; class != nil {
		errs = append(errs, invalidFor(*class, at.Child("ingressClassName"), validation.IsDNS1123Subdomain(*class))...)
	}
	return errs
}

// validateClassAnnotation: while both are given, the older way to name a class says the same as the newer one.
func validateClassAnnotation(in *networkingv1.Ingress) fieldErrors {
	const annotation = "kubernetes.io/ingress.class"
	old, has := in.Annotations[annotation]
	if !has || in.Spec.IngressClassName == nil || *in.Spec.IngressClassName == old {
		return nil
	}
	return fieldErrors{field.Invalid(field.NewPath("annotations").Child(annotation), old, "must match `ingressClassName` when both are specified")}
}

func validHost(host string, at *field.Path) fieldErrors {
	if strings.Contains(host, "*") {
		return invalidFor(host, at, validation.IsWildcardDNS1123Subdomain(host))
	}
	return invalidFor(host, at, validation.IsDNS1123Subdomain(host))
}

func validateIngressRule(rule *networkingv1.IngressRule, at *field.Path) fieldErrors {
	var errs fieldErrors
	if rule.Host != "" {
		if _, err := netip.ParseAddr(rule.Host); err == nil {
			errs = append(errs, field.Invalid(at.Child("host"), rule.Host, "must be a DNS name, not an IP address"))
		} else {
			errs = append(errs, validHost(rule.Host, at.Child("host"))...)
		}
	}
	if rule.HTTP == nil {
		return errs
	}
	paths := at.Child("http", "paths")
	if len(rule.HTTP.Paths) == 0 {
		errs = append(errs, field.Required(paths, ""))
	}
	for i := range rule.HTTP.Paths {
		errs = append(errs, validateIngressPath(&rule.HTTP.Paths[i], paths.Index(i))...)
	}
	return errs
}

func validateIngressPath(p *networkingv1.HTTPIngressPath, at *field.Path) fieldErrors {
	if p.PathType == nil {
		return fieldErrors{field.Required(at.Child("pathType"), "pathType must be specified")}
	}
	var errs fieldErrors
	switch *p.PathType {
	case networkingv1.PathTypeExact, networkingv1.PathTypePrefix:
		errs = validateURLPath(p.Path, at.Child("path"))
	case networkingv1.PathTypeImplementationSpecific:
		if p.Path != "" && !strings.HasPrefix(p.Path, "/") {
			errs = append(errs, field.Invalid(at.Child("path"), p.Path, "must be an absolute path"))
		}
	default:
		errs = append(errs, field.NotSupported(at.Child("pathType"), *p.PathType, []networkingv1.PathType{
			networkingv1.PathTypeExact, networkingv1.PathTypeImplementationSpecific, networkingv1.PathTypePrefix,
		}))
	}
	return append(errs, validateBackend(&p.Backend, at.Child("backend"))...)
}

func validateURLPath(path string, at *field.Path) fieldErrors {
	var errs fieldErrors
	if !strings.HasPrefix(path, "/") {
		errs = append(errs, field.Invalid(at, path, "must be an absolute path"))
	}
	for _, sequence := range []string{"//", "/./", "/../", "%2f", "%2F"} {
		if strings.Contains(path, sequence) {
			errs = append(errs, field.Invalid(at, path, "must not contain '"+sequence+"'"))
		}
	}
	for _, suffix := range []string{"/..", "/."} {
		if strings.HasSuffix(path, suffix) {
			errs = append(errs, field.Invalid(at, path, "cannot end with '"+suffix+"'"))
		}
	}
	return errs
}

func validateBackend(b *networkingv1.IngressBackend, at *field.Path) fieldErrors {
	switch {
	case b.Resource != nil && b.Service != nil:
		return fieldErrors{field.Invalid(at, "", "cannot set both resource and service backends")}
	case b.Resource != nil:
		return append(required(b.Resource.Kind, at.Child("resource", "kind")), required(b.Resource.Name, at.Child("resource", "name"))...)
	case b.Service == nil:
		return fieldErrors{field.Invalid(at, "", "resource or service backend is required")}
	}
	service, inside := b.Service, at.Child("service")
	errs := required(service.Name, inside.Child("name"))
	if service.Name != "" {
		errs = invalidFor(service.Name, inside.Child("name"), validation.IsDNS1123Label(service.Name))
	}
	switch port := service.Port; {
	case port.Name != "" && port.Number != 0:
		errs = append(errs, field.Invalid(at, "", "cannot set both port name & port number"))
	case port.Name != "":
		errs = append(errs, invalidFor(port.Name, inside.Child("port", "name"), validation.IsValidPortName(port.Name))...)
	case port.Number != 0:
		errs = append(errs, validPort(port.Number, inside.Child("port", "number"))...)
	default:
		errs = append(errs, field.Required(at, "port name or number is required"))
	}
	return errs
}

func validateIngressClass(c *networkingv1.IngressClass) fieldErrors {
	at := field.NewPath("spec", "controller")
	if c.Spec.Controller == "" {
		return fieldErrors{field.Required(at, "")}
	}
	return validation.IsDomainPrefixedPath(at, c.Spec.Controller)
}
