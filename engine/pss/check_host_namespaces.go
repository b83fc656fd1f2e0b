package pss

import "k8s.io/pod-security-admission/api"

// hostNamespaces (Host Namespaces, baseline): the node's namespaces may not be shared.
//
//	spec.hostNetwork, spec.hostPID, spec.hostIPC: undefined, false
func hostNamespaces(pod subject, _ api.Version) []fieldError {
	var errs []fieldError
	for _, f := range []struct {
		path string
		set  bool
	}{
		{"spec.hostNetwork", pod.spec.HostNetwork},
		{"spec.hostPID", pod.spec.HostPID},
		{"spec.hostIPC", pod.spec.HostIPC},
	} {
		if f.set {
			errs = append(errs, forbidden(f.path, true, nil, false))
		}
	}
	return errs
}
