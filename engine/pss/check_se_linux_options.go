package pss

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
)

// seLinuxOptions (SELinux, baseline): only container types, and no user or role, may be set.
//
//	spec[.containers[*]…].securityContext.seLinuxOptions.type: undefined, "", container_t, container_init_t,
//	container_kvm_t, and from v1.31 on container_engine_t
//	spec[.containers[*]…].securityContext.seLinuxOptions.{user,role}: undefined, ""
func seLinuxOptions(pod subject, since api.Version) []fieldError {
	types := []any{nil, "", "container_t", "container_init_t", "container_kvm_t"}
	if !since.Older(api.MajorMinorVersion(1, 31)) {
		types = append(types, "container_engine_t")
	}
	var errs []fieldError
	check := func(path string, options *corev1.SELinuxOptions) {
		if options == nil {
			return
		}
		if !slices.Contains(types, any(options.Type)) {
			errs = append(errs, forbidden(path+".seLinuxOptions.type", options.Type, types...))
		}
		if options.User != "" {
			errs = append(errs, forbidden(path+".seLinuxOptions.user", options.User, nil, ""))
		}
		if options.Role != "" {
			errs = append(errs, forbidden(path+".seLinuxOptions.role", options.Role, nil, ""))
		}
	}
	check("spec.securityContext", pod.securityContext().SELinuxOptions)
	for path, sc := range pod.securityContexts() {
		check(path, sc.SELinuxOptions)
	}
	return errs
}
