package pss

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
)

// windowsHostProcess (HostProcess, baseline): a Windows pod may not be part of the node.
//
//	spec[.containers[*]…].securityContext.windowsOptions.hostProcess: undefined, false
func windowsHostProcess(pod subject, _ api.Version) []fieldError {
	var errs []fieldError
	check := func(path string, options *corev1.WindowsSecurityContextOptions) {
		if options != nil && isTrue(options.HostProcess) {
			errs = append(errs, forbidden(path+".windowsOptions.hostProcess", true, nil, false))
		}
	}
	check("spec.securityContext", pod.securityContext().WindowsOptions)
	for path, sc := range pod.securityContexts() {
		check(path, sc.WindowsOptions)
	}
	return errs
}
