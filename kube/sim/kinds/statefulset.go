package kinds

import (
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"

	"podsec/kube/sim/api"
)

func statefulSetKind() *api.Kind {
	return builtin[*appsv1.StatefulSet]{
		new: func() *appsv1.StatefulSet { return &appsv1.StatefulSet{} }, group: appsv1.SchemeGroupVersion,
		kind: "StatefulSet", plural: "statefulsets", short: []string{"sts"}, categories: inAll(),
		status: true, scale: true, generation: true,
		defaults: defaultStatefulSet, validate: validateStatefulSet, validateUpdate: validateStatefulSetUpdate,
		warnings: func(o *appsv1.StatefulSet) []string { return templateWarnings(o.Name, &o.Spec.Template) },
		columns:  columnsOf(append([]metav1.TableColumnDefinition{column("Ready", "Number of the pod with ready state")}, containerColumns(false)...)...),
		row: func(s *appsv1.StatefulSet, now time.Time) []any {
			spec := &s.Spec.Template.Spec
			return []any{
				s.Name, ratio(s.Status.ReadyReplicas, ptr.Deref(s.Spec.Replicas, 0)), ageOf(s, now),
				containersText(spec), imagesText(spec),
			}
		},
	}.build()
}

func defaultStatefulSet(s *appsv1.StatefulSet) {
	defaultPodSpec(&s.Spec.Template.Spec)
	setEmpty(&s.Spec.PodManagementPolicy, appsv1.OrderedReadyPodManagement)
	setEmpty(&s.Spec.UpdateStrategy.Type, appsv1.RollingUpdateStatefulSetStrategyType)
	if s.Spec.UpdateStrategy.Type == appsv1.RollingUpdateStatefulSetStrategyType {
		setDefault(&s.Spec.UpdateStrategy.RollingUpdate, appsv1.RollingUpdateStatefulSetStrategy{})
		setDefault(&s.Spec.UpdateStrategy.RollingUpdate.Partition, 0)
	}
	retain := appsv1.RetainPersistentVolumeClaimRetentionPolicyType
	setDefault(&s.Spec.PersistentVolumeClaimRetentionPolicy, appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{})
	setEmpty(&s.Spec.PersistentVolumeClaimRetentionPolicy.WhenDeleted, retain)
	setEmpty(&s.Spec.PersistentVolumeClaimRetentionPolicy.WhenScaled, retain)
	setDefault(&s.Spec.Replicas, 1)
	setDefault(&s.Spec.RevisionHistoryLimit, 10)
	for i := range s.Spec.VolumeClaimTemplates {
		claim := &s.Spec.VolumeClaimTemplates[i]
		claim.APIVersion, claim.Kind = "v1", "PersistentVolumeClaim"
		defaultClaimSpec(&claim.Spec)
		setEmpty(&claim.Status.Phase, corev1.ClaimPending)
	}
}

func validateStatefulSet(s *appsv1.StatefulSet) fieldErrors {
	at := field.NewPath("spec")
	errs := validateStatefulSetting(&s.Spec, at)
	errs = append(errs, validateSelected("statefulset", s.Spec.Selector, statefulTemplate(&s.Spec), at)...)
	return append(errs, alwaysRestarts("StatefulSet", &s.Spec.Template, at)...)
}

// statefulTemplate is a StatefulSet's template with what the controller changes in it: claims become volumes, in the places
// of those with their names, and host names are those of the pods.
func statefulTemplate(s *appsv1.StatefulSetSpec) *corev1.PodTemplateSpec {
	template := s.Template.DeepCopy()
	template.Spec.Hostname, template.Spec.Subdomain = "", ""
	claims := map[string]bool{}
	for _, claim := range s.VolumeClaimTemplates {
		claims[claim.Name] = true
	}
	volumes := slices.DeleteFunc(template.Spec.Volumes, func(v corev1.Volume) bool { return claims[v.Name] })
	for _, claim := range s.VolumeClaimTemplates {
		volumes = append(volumes, corev1.Volume{Name: claim.Name, VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim.Name},
		}})
	}
	template.Spec.Volumes = volumes
	return template
}

// validateStatefulSetUpdate allows the few fields that the controller can act on.
func validateStatefulSetUpdate(s, old *appsv1.StatefulSet) fieldErrors {
	errs := validateStatefulSet(s)
	munged := s.Spec.DeepCopy()
	munged.Replicas, munged.Template, munged.UpdateStrategy = old.Spec.Replicas, old.Spec.Template, old.Spec.UpdateStrategy
	munged.MinReadySeconds, munged.Ordinals = old.Spec.MinReadySeconds, old.Spec.Ordinals
	munged.RevisionHistoryLimit = old.Spec.RevisionHistoryLimit
	munged.PersistentVolumeClaimRetentionPolicy = old.Spec.PersistentVolumeClaimRetentionPolicy
	if !equal(*munged, old.Spec) {
		errs = append(errs, field.Forbidden(field.NewPath("spec"), "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"))
	}
	return errs
}
