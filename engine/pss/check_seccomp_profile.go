package pss

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
)

// seccompProfileBaseline (Seccomp, baseline): the profile may not be Unconfined. Up to v1.18 the alpha annotations are
// what counts, from v1.19 on the fields.
//
//	spec[.containers[*]…].securityContext.seccompProfile.type: undefined, RuntimeDefault, Localhost
//	metadata.annotations[seccomp.security.alpha.kubernetes.io/pod] and
//	metadata.annotations[container.seccomp.security.alpha.kubernetes.io/*]: undefined, runtime/default, docker/default,
//	localhost/*
func seccompProfileBaseline(pod subject, since api.Version) []fieldError {
	if since.Older(api.MajorMinorVersion(1, 19)) {
		return seccompAnnotations(pod)
	}
	return unconfined(pod, nil, "RuntimeDefault", "Localhost")
}

// seccompProfileRestricted (Seccomp, restricted): every container needs a profile, its own or the pod's.
//
//	spec.securityContext.seccompProfile.type: RuntimeDefault, Localhost, or undefined when every container sets it
//	spec.{containers,…}[*].securityContext.seccompProfile.type: RuntimeDefault, Localhost, or undefined when the pod
//	sets it
//
// Containers that say nothing are named only when no field has a forbidden value.
func seccompProfileRestricted(pod subject, _ api.Version) []fieldError {
	allowed := []any{"RuntimeDefault", "Localhost"}
	if errs := unconfined(pod, allowed...); len(errs) > 0 {
		return errs
	}
	if pod.securityContext().SeccompProfile != nil {
		return nil
	}
	var errs []fieldError
	for path, c := range pod.containers() {
		if c.SecurityContext == nil || c.SecurityContext.SeccompProfile == nil {
			errs = append(errs, required(path+".securityContext.seccompProfile.type", allowed...))
		}
	}
	return errs
}

// unconfined finds profiles of other types than RuntimeDefault and Localhost.
func unconfined(pod subject, allowed ...any) []fieldError {
	var errs []fieldError
	check := func(path string, profile *corev1.SeccompProfile) {
		if profile != nil && !slices.Contains(allowed, any(string(profile.Type))) {
			errs = append(errs, forbidden(path+".seccompProfile.type", string(profile.Type), allowed...))
		}
	}
	check("spec.securityContext", pod.securityContext().SeccompProfile)
	for path, sc := range pod.securityContexts() {
		check(path, sc.SeccompProfile)
	}
	return errs
}

// seccompAnnotations finds forbidden profiles in the annotations that Kubernetes 1.19 replaced by fields.
func seccompAnnotations(pod subject) []fieldError {
	keys := []string{"seccomp.security.alpha.kubernetes.io/pod"}
	for _, c := range pod.containers() {
		keys = append(keys, "container.seccomp.security.alpha.kubernetes.io/"+c.Name)
	}
	var errs []fieldError
	for _, key := range keys {
		if value, ok := pod.meta.Annotations[key]; ok && !allowedSeccomp(value) {
			path := fmt.Sprintf("metadata.annotations[%s]", key)
			errs = append(errs, forbidden(path, value, nil, "runtime/default", "docker/default", "localhost/*"))
		}
	}
	return errs
}

func allowedSeccomp(annotation string) bool {
	return annotation == corev1.SeccompProfileRuntimeDefault ||
		annotation == corev1.DeprecatedSeccompProfileDockerDefault ||
		strings.HasPrefix(annotation, corev1.SeccompLocalhostProfileNamePrefix)
}
