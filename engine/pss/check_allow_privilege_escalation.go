package pss

import "k8s.io/pod-security-admission/api"

// allowPrivilegeEscalation (Privilege Escalation, restricted): every container must set it to false.
//
//	spec.{containers,initContainers,ephemeralContainers}[*].securityContext.allowPrivilegeEscalation: false
//
// A container without any security context lacks the field; one with a security context that leaves it out is said to
// have the value nil.
func allowPrivilegeEscalation(pod subject, _ api.Version) []fieldError {
	var errs []fieldError
	for path, c := range pod.containers() {
		path += ".securityContext.allowPrivilegeEscalation"
		switch sc := c.SecurityContext; {
		case sc == nil:
			errs = append(errs, required(path, false))
		case sc.AllowPrivilegeEscalation == nil:
			err := forbidden(path, "nil", false)
			err.found = nil
			errs = append(errs, err)
		case *sc.AllowPrivilegeEscalation:
			errs = append(errs, forbidden(path, true, false))
		}
	}
	return errs
}
