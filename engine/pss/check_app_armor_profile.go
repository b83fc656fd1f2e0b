package pss

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
)

// appArmorProfile (AppArmor, baseline): the default profile may not be overridden, by field or by the annotation of
// old.
//
//	spec[.containers[*]…].securityContext.appArmorProfile.type: undefined, RuntimeDefault, Localhost
//	metadata.annotations[container.apparmor.security.beta.kubernetes.io/*]: undefined, "", runtime/default, localhost/*
func appArmorProfile(pod subject, _ api.Version) []fieldError {
	var errs []fieldError
	check := func(path string, profile *corev1.AppArmorProfile) {
		allowed := []any{nil, "RuntimeDefault", "Localhost"}
		if profile != nil && !slices.Contains(allowed, any(string(profile.Type))) {
			errs = append(errs, forbidden(path+".appArmorProfile.type", string(profile.Type), allowed...))
		}
	}
	check("spec.securityContext", pod.securityContext().AppArmorProfile)
	for path, sc := range pod.securityContexts() {
		check(path, sc.AppArmorProfile)
	}
	for _, key := range slices.Sorted(maps.Keys(pod.meta.Annotations)) {
		value := pod.meta.Annotations[key]
		if strings.HasPrefix(key, corev1.DeprecatedAppArmorBetaContainerAnnotationKeyPrefix) && !allowedAppArmor(value) {
			path := fmt.Sprintf("metadata.annotations[%s]", key)
			errs = append(errs, forbidden(path, value, nil, "", "runtime/default", "localhost/*"))
		}
	}
	return errs
}

func allowedAppArmor(annotation string) bool {
	return annotation == "" || annotation == corev1.DeprecatedAppArmorBetaProfileRuntimeDefault ||
		strings.HasPrefix(annotation, corev1.DeprecatedAppArmorBetaProfileNamePrefix)
}
