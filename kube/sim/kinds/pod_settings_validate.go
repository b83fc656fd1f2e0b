package kinds

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// validateDNSConfig checks what a pod asks of its resolver. Without a policy of the cluster it has to say something.
func validateDNSConfig(spec *corev1.PodSpec, at *field.Path) fieldErrors {
	config := spec.DNSConfig
	var errs fieldErrors
	if spec.DNSPolicy == corev1.DNSNone && config == nil {
		return fieldErrors{field.Required(at, "must provide `dnsConfig` when `dnsPolicy` is None")}
	}
	if config == nil {
		return nil
	}
	servers := at.Child("nameservers")
	if spec.DNSPolicy == corev1.DNSNone && len(config.Nameservers) == 0 {
		errs = append(errs, field.Required(servers, "must provide at least one DNS nameserver when `dnsPolicy` is None"))
	}
	if len(config.Nameservers) > 3 {
		errs = append(errs, field.Invalid(servers, config.Nameservers, "must not have more than 3 nameservers"))
	}
	for i, server := range config.Nameservers {
		errs = append(errs, validAddress(server, servers.Index(i))...)
	}
	if len(config.Searches) > 32 {
		errs = append(errs, field.Invalid(at.Child("searches"), config.Searches, "must not have more than 32 search paths"))
	}
	for i, search := range config.Searches {
		if search != "." {
			trimmed := strings.TrimSuffix(search, ".")
			errs = append(errs, invalidFor(trimmed, at.Child("searches").Index(i), validation.IsDNS1123SubdomainWithUnderscore(trimmed))...)
		}
	}
	for i, option := range config.Options {
		if option.Name == "" {
			errs = append(errs, field.Required(at.Child("options").Index(i), "must not be empty"))
		}
	}
	return errs
}

// validAddress takes an IPv6 address however it is written, but no IPv4 address with leading zeros.
func validAddress(address string, at *field.Path) fieldErrors {
	return validation.IsValidIPForLegacyField(at, address, true, nil)
}

// validNetwork is validAddress for a CIDR.
func validNetwork(cidr string, at *field.Path) fieldErrors {
	return validation.IsValidCIDRForLegacyField(at, cidr, true, nil)
}

func validateHostAliases(aliases []corev1.HostAlias, at *field.Path) fieldErrors {
	var errs fieldErrors
	for i, alias := range aliases {
		at := at.Index(i)
		errs = append(errs, validAddress(alias.IP, at.Child("ip"))...)
		for j, name := range alias.Hostnames {
			errs = append(errs, invalidFor(name, at.Child("hostnames").Index(j), validation.IsDNS1123Subdomain(name))...)
		}
	}
	return errs
}

// validateHostUsers: a pod with users of its own shares nothing else with its node.
func validateHostUsers(spec *corev1.PodSpec, at *field.Path) fieldErrors {
	if spec.HostUsers == nil || *spec.HostUsers {
		return nil
	}
	var errs fieldErrors
	for _, shared := range []struct {
		name string
		is   bool
	}{{"hostNetwork", spec.HostNetwork}, {"HostPID", spec.HostPID}, {"HostIPC", spec.HostIPC}} {
		if shared.is {
			errs = append(errs, field.Forbidden(at.Child(shared.name), "when `hostUsers` is false"))
		}
	}
	return errs
}

// validateOS checks spec.os, and that a Windows pod asks for nothing that only Linux has.
func validateOS(spec *corev1.PodSpec, at *field.Path) fieldErrors {
	if spec.OS == nil {
		return nil
	}
	switch spec.OS.Name {
	case "":
		return fieldErrors{field.Required(at.Child("os", "name"), "cannot be empty")}
	case corev1.Linux:
		return nil
	case corev1.Windows:
		return validateWindows(spec, at)
	}
	return fieldErrors{field.NotSupported(at.Child("os"), spec.OS.Name, []corev1.OSName{corev1.Linux, corev1.Windows})}
}

func validateWindows(spec *corev1.PodSpec, at *field.Path) fieldErrors {
	var errs fieldErrors
	refuse := func(is bool, name string, more ...string) {
		if is {
			errs = append(errs, field.Forbidden(at.Child(name, more...), "cannot be set for a windows pod"))
		}
	}
	ctx := spec.SecurityContext
	if ctx == nil {
		ctx = &corev1.PodSecurityContext{}
	}
	refuse(ctx.AppArmorProfile != nil, "securityContext", "appArmorProfile")
	refuse(ctx.SELinuxOptions != nil, "securityContext", "seLinuxOptions")
	refuse(spec.HostUsers != nil, "hostUsers")
	refuse(spec.HostPID, "hostPID")
	refuse(spec.HostIPC, "hostIPC")
	refuse(ctx.SeccompProfile != nil, "securityContext", "seccompProfile")
	refuse(ctx.FSGroup != nil, "securityContext", "fsGroup")
	refuse(ctx.FSGroupChangePolicy != nil, "securityContext", "fsGroupChangePolicy")
	refuse(len(ctx.Sysctls) > 0, "securityContext", "sysctls")
	refuse(spec.ShareProcessNamespace != nil, "shareProcessNamespace")
	refuse(ctx.RunAsUser != nil, "securityContext", "runAsUser")
	refuse(ctx.RunAsGroup != nil, "securityContext", "runAsGroup")
	refuse(ctx.SupplementalGroups != nil, "securityContext", "supplementalGroups")
	return errs
}

// validateClaims checks the devices that a pod asks for, and returns their names.
func validateClaims(claims []corev1.PodResourceClaim, at *field.Path) (sets.Set[string], fieldErrors) {
	names := sets.New[string]()
	var errs fieldErrors
	for i := range claims {
		c, at := &claims[i], at.Index(i)
		if names.Has(c.Name) {
			errs = append(errs, field.Duplicate(at.Child("name"), c.Name))
		}
		names.Insert(c.Name)
		switch {
		case c.ResourceClaimName == nil && c.ResourceClaimTemplateName == nil:
			errs = append(errs, field.Invalid(at, internalOf(c), "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"))
		case c.ResourceClaimName != nil && c.ResourceClaimTemplateName != nil:
			errs = append(errs, field.Invalid(at, internalOf(c), "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"))
		}
	}
	return names, errs
}
