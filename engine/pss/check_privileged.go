package pss

import "k8s.io/pod-security-admission/api"

// privileged (Privileged Containers, baseline): no container may be privileged.
//
//	spec.{containers,…}[*].securityContext.privileged: undefined, false
func privileged(pod subject, _ api.Version) []fieldError {
	var errs []fieldError
	for path, sc := range pod.securityContexts() {
		if isTrue(sc.Privileged) {
			errs = append(errs, forbidden(path+".privileged", true, nil, false))
		}
	}
	return errs
}
