package kinds

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// validateStatefulSetting checks what a StatefulSet says beside its pods.
func validateStatefulSetting(s *appsv1.StatefulSetSpec, at *field.Path) fieldErrors {
	var errs fieldErrors
	switch p := s.PodManagementPolicy; p {
	case "":
		errs = append(errs, field.Required(at.Child("podManagementPolicy"), ""))
	case appsv1.OrderedReadyPodManagement, appsv1.ParallelPodManagement:
	default:
		errs = append(errs, field.Invalid(at.Child("podManagementPolicy"), p,
			fmt.Sprintf("must be '%s' or '%s'", appsv1.OrderedReadyPodManagement, appsv1.ParallelPodManagement)))
	}
	errs = append(errs, validateStatefulUpdates(&s.UpdateStrategy, at.Child("updateStrategy"))...)
	if p := s.PersistentVolumeClaimRetentionPolicy; p != nil {
		at, retain, remove := at.Child("persistentVolumeClaimRetentionPolicy"),
			appsv1.RetainPersistentVolumeClaimRetentionPolicyType, appsv1.DeletePersistentVolumeClaimRetentionPolicyType
		errs = append(errs, oneOf(p.WhenDeleted, at.Child("whenDeleted"), retain, remove)...)
		errs = append(errs, oneOf(p.WhenScaled, at.Child("whenScaled"), retain, remove)...)
	}
	errs = append(errs, nonNegative(s.Replicas, at.Child("replicas"))...)
	errs = append(errs, nonNegative(&s.MinReadySeconds, at.Child("minReadySeconds"))...)
	if s.Ordinals != nil {
		errs = append(errs, nonNegative(&s.Ordinals.Start, at.Child("ordinals", "start"))...)
	}
	if s.ServiceName != "" {
		errs = append(errs, invalidFor(s.ServiceName, at.Child("serviceName"), validation.IsDNS1123Label(s.ServiceName))...)
	}
	for i := range s.VolumeClaimTemplates {
		errs = append(errs, validateClaimSpec(&s.VolumeClaimTemplates[i].Spec, at.Child("volumeClaimTemplates").Index(i).Child("spec"))...)
	}
	return errs
}

func validateStatefulUpdates(s *appsv1.StatefulSetUpdateStrategy, at *field.Path) fieldErrors {
	rolling := appsv1.RollingUpdateStatefulSetStrategyType
	switch s.Type {
	case "":
		return fieldErrors{field.Required(at, "")}
	case rolling:
		if s.RollingUpdate == nil {
			return nil
		}
		return nonNegative(s.RollingUpdate.Partition, at.Child("rollingUpdate", "partition"))
	case appsv1.OnDeleteStatefulSetStrategyType:
		if s.RollingUpdate == nil {
			return nil
		}
		return fieldErrors{field.Invalid(at.Child("rollingUpdate"), internalOf(s.RollingUpdate), fmt.Sprintf("only allowed for updateStrategy '%s'", rolling))}
	}
	return fieldErrors{field.Invalid(at, internalOf(s), fmt.Sprintf("must be '%s' or '%s'", rolling, appsv1.OnDeleteStatefulSetStrategyType))}
}

func validateDaemonUpdates(s *appsv1.DaemonSetUpdateStrategy, at *field.Path) fieldErrors {
	switch s.Type {
	case appsv1.OnDeleteDaemonSetStrategyType:
		return nil
	case appsv1.RollingUpdateDaemonSetStrategyType:
		return validateDaemonRolling(s.RollingUpdate, at.Child("rollingUpdate"))
	}
	return fieldErrors{field.NotSupported(at, internalOf(s), []appsv1.DaemonSetUpdateStrategyType{
		appsv1.RollingUpdateDaemonSetStrategyType, appsv1.OnDeleteDaemonSetStrategyType,
	})}
}

// validateDaemonRolling: on each node either the old pod goes first or the new one comes first.
func validateDaemonRolling(r *appsv1.RollingUpdateDaemonSet, at *field.Path) fieldErrors {
	if r == nil {
		return fieldErrors{field.Required(at, "")}
	}
	errs := validateShare(r.MaxUnavailable, at.Child("maxUnavailable"))
	errs = append(errs, validateShare(r.MaxSurge, at.Child("maxSurge"))...)
	switch unavailable, surge := !isZero(r.MaxUnavailable), !isZero(r.MaxSurge); {
	case unavailable && surge:
		errs = append(errs, field.Invalid(at.Child("maxSurge"), shown(r.MaxSurge), "may not be set when maxUnavailable is non-zero"))
	case !unavailable && !surge:
		errs = append(errs, field.Required(at.Child("maxUnavailable"), "cannot be 0 when maxSurge is 0"))
	}
	return errs
}

// shown is an amount as messages show it.
func shown(amount *intstr.IntOrString) any {
	if amount.Type == intstr.Int {
		return amount.IntVal
	}
	return amount.StrVal
}
