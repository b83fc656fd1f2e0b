package kinds

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"

	"podsec/kube/sim/api"
)

func replicaSetKind() *api.Kind {
	return builtin[*appsv1.ReplicaSet]{
		new: func() *appsv1.ReplicaSet { return &appsv1.ReplicaSet{} }, group: appsv1.SchemeGroupVersion,
		kind: "ReplicaSet", plural: "replicasets", short: []string{"rs"}, categories: inAll(),
		status: true, scale: true, generation: true,
		defaults: func(rs *appsv1.ReplicaSet) {
			defaultPodSpec(&rs.Spec.Template.Spec)
			setDefault(&rs.Spec.Replicas, 1)
		},
		validate: validateReplicaSet,
		warnings: func(o *appsv1.ReplicaSet) []string { return templateWarnings(o.Name, &o.Spec.Template) },
		validateUpdate: func(rs, old *appsv1.ReplicaSet) fieldErrors {
			return append(validateReplicaSet(rs), immutable(rs.Spec.Selector, old.Spec.Selector, field.NewPath("spec", "selector"))...)
		},
		columns: replicaColumns(), row: replicaSetRow,
	}.build()
}

func validateReplicaSet(rs *appsv1.ReplicaSet) fieldErrors {
	at := field.NewPath("spec")
	errs := nonNegative(rs.Spec.Replicas, at.Child("replicas"))
	errs = append(errs, nonNegative(&rs.Spec.MinReadySeconds, at.Child("minReadySeconds"))...)
	errs = append(errs, validateSelected("replicaset", rs.Spec.Selector, &rs.Spec.Template, at)...)
	return append(errs, alwaysRestarts("ReplicaSet", &rs.Spec.Template, at)...)
}

// replicaColumns are those of ReplicaSets and of ReplicationControllers.
func replicaColumns() []metav1.TableColumnDefinition {
	return columnsOf(append([]metav1.TableColumnDefinition{
		number("Desired", appsv1.ReplicaSetSpec{}.SwaggerDoc()["replicas"]),
		number("Current", appsv1.ReplicaSetStatus{}.SwaggerDoc()["replicas"]),
		number("Ready", appsv1.ReplicaSetStatus{}.SwaggerDoc()["readyReplicas"]),
	}, containerColumns(true)...)...)
}

func replicaSetRow(rs *appsv1.ReplicaSet, now time.Time) []any {
	spec := &rs.Spec.Template.Spec
	return []any{
		rs.Name, int64(ptr.Deref(rs.Spec.Replicas, 0)), int64(rs.Status.Replicas), int64(rs.Status.ReadyReplicas),
		ageOf(rs, now), containersText(spec), imagesText(spec), selectorText(rs.Spec.Selector),
	}
}

func replicationControllerKind() *api.Kind {
	return builtin[*corev1.ReplicationController]{
		new: func() *corev1.ReplicationController { return &corev1.ReplicationController{} }, group: corev1.SchemeGroupVersion,
		kind: "ReplicationController", plural: "replicationcontrollers", short: []string{"rc"}, categories: inAll(),
		status: true, scale: true, generation: true,
		defaults: defaultReplicationController, validate: validateReplicationController,
		columns: replicaColumns(), row: replicationControllerRow,
	}.build()
}

// defaultReplicationController takes labels and selector from the template, as only this oldest of controllers does.
func defaultReplicationController(rc *corev1.ReplicationController) {
	setDefault(&rc.Spec.Replicas, 1)
	t := rc.Spec.Template
	if t == nil {
		return
	}
	defaultPodSpec(&t.Spec)
	if len(rc.Spec.Selector) == 0 {
		rc.Spec.Selector = t.Labels
	}
	if len(rc.Labels) == 0 {
		rc.Labels = t.Labels
	}
}

func validateReplicationController(rc *corev1.ReplicationController) fieldErrors {
	at := field.NewPath("spec")
	var errs fieldErrors
	if len(rc.Spec.Selector) == 0 {
		errs = append(errs, field.Required(at.Child("selector"), ""))
	}
	errs = append(errs, nonNegative(rc.Spec.Replicas, at.Child("replicas"))...)
	t := rc.Spec.Template
	if t == nil {
		return append(errs, field.Required(at.Child("template"), ""))
	}
	if len(rc.Spec.Selector) > 0 && !labels.SelectorFromSet(rc.Spec.Selector).Matches(labels.Set(t.Labels)) {
		errs = append(errs, field.Invalid(at.Child("template", "metadata", "labels"), t.Labels, "`selector` does not match template `labels`"))
	}
	errs = append(errs, validateTemplate(t, at.Child("template"))...)
	return append(errs, alwaysRestarts("ReplicationController", t, at)...)
}

func replicationControllerRow(rc *corev1.ReplicationController, now time.Time) []any {
	spec := &corev1.PodSpec{}
	if rc.Spec.Template != nil {
		spec = &rc.Spec.Template.Spec
	}
	return []any{
		rc.Name, int64(ptr.Deref(rc.Spec.Replicas, 0)), int64(rc.Status.Replicas), int64(rc.Status.ReadyReplicas),
		ageOf(rc, now), containersText(spec), imagesText(spec), labelsText(rc.Spec.Selector),
	}
}
