package pss

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
)

// hostProbesAndHostLifecycle (baseline): probes and lifecycle hooks may not name a host.
//
//	spec.{containers,…}[*].{liveness,readiness,startup}Probe.{httpGet,tcpSocket}.host: undefined, ""
//	spec.{containers,…}[*].lifecycle.{postStart,preStop}.{httpGet,tcpSocket}.host: undefined, ""
//
// Kyverno reports no field for it: the list in its message is empty.
func hostProbesAndHostLifecycle(pod subject, _ api.Version) []fieldError {
	var errs []fieldError
	for path, c := range pod.containers() {
		for _, probe := range []struct {
			name  string
			probe *corev1.Probe
		}{{"livenessProbe", c.LivenessProbe}, {"readinessProbe", c.ReadinessProbe}, {"startupProbe", c.StartupProbe}} {
			if p := probe.probe; p != nil {
				errs = append(errs, hosts(path+"."+probe.name, p.HTTPGet, p.TCPSocket)...)
			}
		}
		if c.Lifecycle == nil {
			continue
		}
		if h := c.Lifecycle.PostStart; h != nil {
			errs = append(errs, hosts(path+".lifecycle.postStart", h.HTTPGet, h.TCPSocket)...)
		}
		if h := c.Lifecycle.PreStop; h != nil {
			errs = append(errs, hosts(path+".lifecycle.preStop", h.HTTPGet, h.TCPSocket)...)
		}
	}
	return errs
}

// hosts are the hosts that a probe or a hook names.
func hosts(path string, get *corev1.HTTPGetAction, socket *corev1.TCPSocketAction) []fieldError {
	var errs []fieldError
	if get != nil && get.Host != "" {
		errs = append(errs, unlisted(path+".httpGet.host", get.Host, nil, ""))
	}
	if socket != nil && socket.Host != "" {
		errs = append(errs, unlisted(path+".tcpSocket.host", socket.Host, nil, ""))
	}
	return errs
}
