package kinds

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/kube/sim/api"
)

func daemonSetKind() *api.Kind {
	return builtin[*appsv1.DaemonSet]{
		new: func() *appsv1.DaemonSet { return &appsv1.DaemonSet{} }, group: appsv1.SchemeGroupVersion,
		kind: "DaemonSet", plural: "daemonsets", short: []string{"ds"}, categories: inAll(), status: true, generation: true,
		defaults: defaultDaemonSet, validate: validateDaemonSet, validateUpdate: validateDaemonSetUpdate,
		warnings: func(o *appsv1.DaemonSet) []string { return templateWarnings(o.Name, &o.Spec.Template) },
		create:   func(d *appsv1.DaemonSet) { d.Annotations = withRevision(d.Annotations, "1") },
		update:   updateDaemonSet,
		columns:  daemonSetColumns(), row: daemonSetRow,
	}.build()
}

// withRevision sets the annotation behind the deprecated templateGeneration.
func withRevision(annotations map[string]string, generation string) map[string]string {
	out := map[string]string{appsv1.DeprecatedTemplateGeneration: generation}
	for k, v := range annotations {
		if k != appsv1.DeprecatedTemplateGeneration {
			out[k] = v
		}
	}
	return out
}

// updateDaemonSet counts the generations of the template.
func updateDaemonSet(d, old *appsv1.DaemonSet) {
	generation := old.Annotations[appsv1.DeprecatedTemplateGeneration]
	if !equal(d.Spec.Template, old.Spec.Template) {
		generation = increment(generation)
	}
	d.Annotations = withRevision(d.Annotations, generation)
}

func defaultDaemonSet(d *appsv1.DaemonSet) {
	defaultPodSpec(&d.Spec.Template.Spec)
	setEmpty(&d.Spec.UpdateStrategy.Type, appsv1.RollingUpdateDaemonSetStrategyType)
	if d.Spec.UpdateStrategy.Type == appsv1.RollingUpdateDaemonSetStrategyType {
		setDefault(&d.Spec.UpdateStrategy.RollingUpdate, appsv1.RollingUpdateDaemonSet{})
		setDefault(&d.Spec.UpdateStrategy.RollingUpdate.MaxUnavailable, intstr.FromInt32(1))
		setDefault(&d.Spec.UpdateStrategy.RollingUpdate.MaxSurge, intstr.FromInt32(0))
	}
	setDefault(&d.Spec.RevisionHistoryLimit, 10)
}

func validateDaemonSet(d *appsv1.DaemonSet) fieldErrors {
	at := field.NewPath("spec")
	errs := validateSelected("daemonset", d.Spec.Selector, &d.Spec.Template, at)
	errs = append(errs, alwaysRestarts("DaemonSet", &d.Spec.Template, at)...)
	errs = append(errs, nonNegative(&d.Spec.MinReadySeconds, at.Child("minReadySeconds"))...)
	return append(errs, validateDaemonUpdates(&d.Spec.UpdateStrategy, at.Child("updateStrategy"))...)
}

func validateDaemonSetUpdate(d, old *appsv1.DaemonSet) fieldErrors {
	return append(immutable(d.Spec.Selector, old.Spec.Selector, field.NewPath("spec", "selector")), validateDaemonSet(d)...)
}

func daemonSetColumns() []metav1.TableColumnDefinition {
	doc := appsv1.DaemonSetStatus{}.SwaggerDoc()
	return columnsOf(append([]metav1.TableColumnDefinition{
		number("Desired", doc["desiredNumberScheduled"]), number("Current", doc["currentNumberScheduled"]),
		number("Ready", doc["numberReady"]), number("Up-to-date", doc["updatedNumberScheduled"]),
		number("Available", doc["numberAvailable"]), column("Node Selector", "Labels of the nodes on which the pods run."),
	}, containerColumns(true)...)...)
}

func daemonSetRow(d *appsv1.DaemonSet, now time.Time) []any {
	st, spec := d.Status, &d.Spec.Template.Spec
	return []any{
		d.Name, int64(st.DesiredNumberScheduled), int64(st.CurrentNumberScheduled), int64(st.NumberReady),
		int64(st.UpdatedNumberScheduled), int64(st.NumberAvailable), labelsText(spec.NodeSelector), ageOf(d, now),
		containersText(spec), imagesText(spec), selectorText(d.Spec.Selector),
	}
}
