package pss

import (
	"fmt"
	"slices"

	"k8s.io/pod-security-admission/api"
)

// sysctls (Sysctls, baseline): only kernel parameters that are isolated between pods may be set.
//
//	spec.securityContext.sysctls[*].name: the safe ones, of which there are more from v1.27, v1.29 and v1.32 on
func sysctls(pod subject, since api.Version) []fieldError {
	allowed := safeSysctls(since)
	var errs []fieldError
	for i, sysctl := range pod.securityContext().Sysctls {
		if !slices.Contains(allowed, any(sysctl.Name)) {
			errs = append(errs, forbidden(fmt.Sprintf("spec.securityContext.sysctls[%d].name", i), sysctl.Name, allowed...))
		}
	}
	return errs
}

func safeSysctls(since api.Version) []any {
	safe := []any{
		"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies",
		"net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start",
	}
	for _, later := range []struct {
		minor int
		names []any
	}{
		{27, []any{"net.ipv4.ip_local_reserved_ports"}},
		{29, []any{
			"net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
			"net.ipv4.tcp_keepalive_probes",
		}},
		{32, []any{"net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"}},
	} {
		if !since.Older(api.MajorMinorVersion(1, later.minor)) {
			safe = append(safe, later.names...)
		}
	}
	return safe
}
