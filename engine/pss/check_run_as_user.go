package pss

import "k8s.io/pod-security-admission/api"

// runAsUser (Running as Non-root user, restricted): the user may not be 0.
//
//	spec[.containers[*]…].securityContext.runAsUser: undefined, any but 0
func runAsUser(pod subject, _ api.Version) []fieldError {
	var errs []fieldError
	check := func(path string, user *int64) {
		if user != nil && *user == 0 {
			errs = append(errs, forbidden(path+".runAsUser", 0))
		}
	}
	check("spec.securityContext", pod.securityContext().RunAsUser)
	for path, sc := range pod.securityContexts() {
		check(path, sc.RunAsUser)
	}
	return errs
}
