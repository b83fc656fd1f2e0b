package kinds

import (
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// validatePodSecurityContext checks the pod-wide security settings. The host namespaces may not contradict
// shareProcessNamespace.
func validatePodSecurityContext(spec *corev1.PodSpec, at *field.Path) fieldErrors {
	ctx := spec.SecurityContext
	if ctx == nil {
		return nil
	}
	sc := at.Child("securityContext")
	var errs fieldErrors
	if ctx.FSGroup != nil {
		errs = append(errs, validID(*ctx.FSGroup, validation.IsValidGroupID, sc.Child("fsGroup"))...)
	}
	errs = append(errs, validateIDs(ctx.RunAsUser, ctx.RunAsGroup, sc)...)
	for i, group := range ctx.SupplementalGroups {
		errs = append(errs, validID(group, validation.IsValidGroupID, sc.Child("supplementalGroups").Index(i))...)
	}
	if spec.HostPID && spec.ShareProcessNamespace != nil && *spec.ShareProcessNamespace {
		errs = append(errs, field.Invalid(sc.Child("shareProcessNamespace"), *spec.ShareProcessNamespace, "ShareProcessNamespace and HostPID cannot both be enabled"))
	}
	errs = append(errs, validateSysctls(ctx.Sysctls, sc.Child("sysctls"))...)
	if p := ctx.FSGroupChangePolicy; p != nil {
		errs = append(errs, oneOf(*p, sc.Child("fsGroupChangePolicy"), corev1.FSGroupChangeAlways, corev1.FSGroupChangeOnRootMismatch)...)
	}
	if p := ctx.SupplementalGroupsPolicy; p != nil {
		errs = append(errs, oneOf(*p, sc.Child("supplementalGroupsPolicy"), corev1.SupplementalGroupsPolicyMerge, corev1.SupplementalGroupsPolicyStrict)...)
	}
	return append(errs, validateProfiles(ctx.SeccompProfile, ctx.AppArmorProfile, sc)...)
}

// sysctlName is how the server writes what the name of a kernel parameter may be.
var sysctlName = regexp.MustCompile(`^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$`)

func validateSysctls(sysctls []corev1.Sysctl, at *field.Path) fieldErrors {
	var errs fieldErrors
	seen := map[string]bool{}
	for i, s := range sysctls {
		at, key := at.Index(i).Child("name"), strings.ReplaceAll(s.Name, "/", ".")
		switch {
		case s.Name == "":
			errs = append(errs, field.Required(at, ""))
		case len(s.Name) > 253 || !sysctlName.MatchString(s.Name):
			errs = append(errs, field.Invalid(at, s.Name, "must have at most 253 characters and match regex "+sysctlName.String()))
		case seen[key]:
			errs = append(errs, field.Duplicate(at, s.Name))
		}
		seen[key] = true
	}
	return errs
}

// validateProcMounts refuses an unmasked /proc to containers that share the host's users.
func validateProcMounts(spec *corev1.PodSpec, at *field.Path) fieldErrors {
	if spec.HostUsers != nil && !*spec.HostUsers {
		return nil
	}
	var errs fieldErrors
	check := func(ctx *corev1.SecurityContext, at *field.Path) {
		if ctx != nil && ctx.ProcMount != nil && *ctx.ProcMount == corev1.UnmaskedProcMount {
			errs = append(errs, field.Invalid(at.Child("securityContext", "procMount"), *ctx.ProcMount, "`hostUsers` must be false to use `Unmasked`"))
		}
	}
	for i, c := range spec.Containers {
		check(c.SecurityContext, at.Child("containers").Index(i))
	}
	for i, c := range spec.InitContainers {
		check(c.SecurityContext, at.Child("initContainers").Index(i))
	}
	for i, c := range spec.EphemeralContainers {
		check(c.SecurityContext, at.Child("ephemeralContainers").Index(i))
	}
	return errs
}

func validateSecurityContext(ctx *corev1.SecurityContext, at *field.Path) fieldErrors {
	if ctx == nil {
		return nil
	}
	errs := validateIDs(ctx.RunAsUser, ctx.RunAsGroup, at)
	if ctx.ProcMount != nil {
		errs = append(errs, oneOf(*ctx.ProcMount, at.Child("procMount"), corev1.DefaultProcMount, corev1.UnmaskedProcMount)...)
	}
	errs = append(errs, validateProfiles(ctx.SeccompProfile, ctx.AppArmorProfile, at)...)
	if ctx.AllowPrivilegeEscalation == nil || *ctx.AllowPrivilegeEscalation {
		return errs
	}
	if ctx.Privileged != nil && *ctx.Privileged {
		errs = append(errs, field.Invalid(at, internalOf(ctx), "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"))
	}
	if ctx.Capabilities != nil {
		for _, c := range ctx.Capabilities.Add {
			if c == "CAP_SYS_ADMIN" {
				errs = append(errs, field.Invalid(at, internalOf(ctx), "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"))
			}
		}
	}
	return errs
}

func validateIDs(user, group *int64, at *field.Path) fieldErrors {
	var errs fieldErrors
	if user != nil {
		errs = append(errs, validID(*user, validation.IsValidUserID, at.Child("runAsUser"))...)
	}
	if group != nil {
		errs = append(errs, validID(*group, validation.IsValidGroupID, at.Child("runAsGroup"))...)
	}
	return errs
}

func validID(id int64, rule func(int64) []string, at *field.Path) fieldErrors {
	var errs fieldErrors
	for _, message := range rule(id) {
		errs = append(errs, field.Invalid(at, id, message))
	}
	return errs
}

func validateProfiles(seccomp *corev1.SeccompProfile, armor *corev1.AppArmorProfile, at *field.Path) fieldErrors {
	var errs fieldErrors
	if seccomp != nil {
		at := at.Child("seccompProfile")
		if seccomp.Type == "" {
			errs = append(errs, field.Required(at.Child("type"), "type is required when seccompProfile is set"))
		} else {
			errs = append(errs, oneOf(seccomp.Type, at.Child("type"),
				corev1.SeccompProfileTypeLocalhost, corev1.SeccompProfileTypeRuntimeDefault, corev1.SeccompProfileTypeUnconfined)...)
		}
		errs = append(errs, validateLocalhost(seccomp.Type == corev1.SeccompProfileTypeLocalhost, seccomp.LocalhostProfile, internalOf(seccomp), "seccomp", at)...)
	}
	if armor != nil {
		at := at.Child("appArmorProfile")
		if armor.Type == "" {
			errs = append(errs, field.Required(at.Child("type"), "type is required when appArmorProfile is set"))
		} else {
			errs = append(errs, oneOf(armor.Type, at.Child("type"),
				corev1.AppArmorProfileTypeLocalhost, corev1.AppArmorProfileTypeRuntimeDefault, corev1.AppArmorProfileTypeUnconfined)...)
		}
		errs = append(errs, validateLocalhost(armor.Type == corev1.AppArmorProfileTypeLocalhost, armor.LocalhostProfile, armor.LocalhostProfile, "AppArmor", at)...)
		if p := armor.LocalhostProfile; p != nil && strings.TrimSpace(*p) != *p {
			errs = append(errs, field.Invalid(at.Child("localhostProfile"), *p, "must not be padded with whitespace"))
		}
	}
	return errs
}

// validateLocalhost ties localhostProfile to the profile type that reads it; shown is what the message shows of it.
func validateLocalhost(local bool, profile *string, shown any, what string, at *field.Path) fieldErrors {
	child := at.Child("localhostProfile")
	switch {
	case local && (profile == nil || *profile == ""):
		return fieldErrors{field.Required(child, "must be set when "+what+" type is Localhost")}
	case !local && profile != nil:
		return fieldErrors{field.Invalid(child, shown, "can only be set when "+what+" type is Localhost")}
	}
	return nil
}
