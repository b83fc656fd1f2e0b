package pss

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
)

// capabilitiesBaseline (Capabilities, baseline): nothing beyond the runtime's default set may be added.
//
//	spec.{containers,…}[*].securityContext.capabilities.add: undefined, or of the default set
func capabilitiesBaseline(pod subject, _ api.Version) []fieldError {
	return addedCapabilities(pod, "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
		"NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT")
}

// capabilitiesRestricted (Capabilities, restricted): every container must drop ALL and may add only NET_BIND_SERVICE.
//
//	spec.{containers,…}[*].securityContext.capabilities.drop: includes ALL
//	spec.{containers,…}[*].securityContext.capabilities.add: undefined, NET_BIND_SERVICE
//
// The missing drops of all containers come before the forbidden additions.
func capabilitiesRestricted(pod subject, _ api.Version) []fieldError {
	var errs []fieldError
	for path, c := range pod.containers() {
		path += ".securityContext.capabilities.drop"
		drop := capabilities(c).Drop
		switch {
		case slices.Contains(drop, "ALL"):
		case len(drop) == 0:
			errs = append(errs, required(path, "ALL"))
		default:
			errs = append(errs, forbidden(path, capabilityNames(drop, nil), "ALL"))
		}
	}
	return append(errs, addedCapabilities(pod, "NET_BIND_SERVICE")...)
}

// addedCapabilities finds capabilities.add with anything but the allowed ones.
func addedCapabilities(pod subject, allowed ...any) []fieldError {
	var errs []fieldError
	for path, c := range pod.containers() {
		if bad := capabilityNames(capabilities(c).Add, allowed); len(bad) > 0 {
			errs = append(errs, forbidden(path+".securityContext.capabilities.add", bad, append([]any{nil}, allowed...)...))
		}
	}
	return errs
}

func capabilities(c *corev1.Container) corev1.Capabilities {
	if c.SecurityContext == nil || c.SecurityContext.Capabilities == nil {
		return corev1.Capabilities{}
	}
	return *c.SecurityContext.Capabilities
}

// capabilityNames returns the names but the allowed ones, sorted, each once.
func capabilityNames(list []corev1.Capability, allowed []any) []string {
	var names []string
	for _, c := range list {
		if !slices.Contains(allowed, any(string(c))) {
			names = append(names, string(c))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
