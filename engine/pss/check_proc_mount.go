package pss

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
)

// procMount (/proc Mount Type, baseline): the default masks of /proc must stay.
//
//	spec.{containers,…}[*].securityContext.procMount: undefined, Default
func procMount(pod subject, _ api.Version) []fieldError {
	var errs []fieldError
	for path, sc := range pod.securityContexts() {
		if sc.ProcMount != nil && *sc.ProcMount != corev1.DefaultProcMount {
			errs = append(errs, forbidden(path+".procMount", string(*sc.ProcMount), nil, "Default"))
		}
	}
	return errs
}
