package kinds

import (
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/kube/sim/api"
)

// appsKinds are those of apps/v1.
func appsKinds() []*api.Kind {
	return []*api.Kind{controllerRevisionKind(), daemonSetKind(), deploymentKind(), replicaSetKind(), statefulSetKind()}
}

func controllerRevisionKind() *api.Kind {
	return builtin[*appsv1.ControllerRevision]{
		new:   func() *appsv1.ControllerRevision { return &appsv1.ControllerRevision{} },
		group: appsv1.SchemeGroupVersion, kind: "ControllerRevision", plural: "controllerrevisions",
		columns: []metav1.TableColumnDefinition{
			nameColumn(), column("Controller", "Controller of the object"),
			number("Revision", appsv1.ControllerRevision{}.SwaggerDoc()["revision"]), ageColumn(),
		},
		row: func(r *appsv1.ControllerRevision, now time.Time) []any {
			return []any{r.Name, controllerText(r), r.Revision, ageOf(r, now)}
		},
	}.build()
}

// controllerText names the controlling owner as kubectl does: "deployment.apps/web".
func controllerText(obj metav1.Object) string {
	owner := metav1.GetControllerOf(obj)
	if owner == nil {
		return none
	}
	kind := strings.ToLower(owner.Kind)
	if group, _, ok := strings.Cut(owner.APIVersion, "/"); ok {
		kind += "." + group
	}
	return kind + "/" + owner.Name
}

// validateSelected checks a selector, the template, and that the one selects the other.
func validateSelected(kind string, selector *metav1.LabelSelector, t *corev1.PodTemplateSpec, at *field.Path) fieldErrors {
	var errs fieldErrors
	options := metav1validation.LabelSelectorValidationOptions{}
	if selector == nil {
		errs = append(errs, field.Required(at.Child("selector"), ""))
	} else {
		errs = append(errs, metav1validation.ValidateLabelSelector(selector, options, at.Child("selector"))...)
		if len(selector.MatchLabels)+len(selector.MatchExpressions) == 0 {
			errs = append(errs, field.Invalid(at.Child("selector"), selector, "empty selector is invalid for "+kind))
		}
	}
	set, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		errs = append(errs, field.Invalid(at.Child("selector"), selector, "invalid label selector"))
	} else if !set.Empty() && !set.Matches(labels.Set(t.Labels)) {
		errs = append(errs, field.Invalid(at.Child("template", "metadata", "labels"), t.Labels, "`selector` does not match template `labels`"))
	}
	return append(errs, validateTemplate(t, at.Child("template"))...)
}

// alwaysRestarts refuses the restart policies of pods that end.
func alwaysRestarts(kind string, t *corev1.PodTemplateSpec, at *field.Path) fieldErrors {
	at = at.Child("template", "spec")
	var errs fieldErrors
	if t.Spec.RestartPolicy != corev1.RestartPolicyAlways {
		errs = append(errs, field.NotSupported(at.Child("restartPolicy"), t.Spec.RestartPolicy, []corev1.RestartPolicy{corev1.RestartPolicyAlways}))
	}
	if t.Spec.ActiveDeadlineSeconds != nil {
		errs = append(errs, field.Forbidden(at.Child("activeDeadlineSeconds"), "activeDeadlineSeconds in "+kind+" is not Supported"))
	}
	return errs
}

func nonNegative(value *int32, at *field.Path) fieldErrors {
	if value == nil {
		return nil
	}
	return apivalidation.ValidateNonnegativeField(int64(*value), at)
}

// containersText and imagesText are the CONTAINERS and IMAGES columns of a pod template.
func containersText(spec *corev1.PodSpec) string {
	var names []string
	for _, c := range spec.Containers {
		names = append(names, c.Name)
	}
	return strings.Join(names, ",")
}

func imagesText(spec *corev1.PodSpec) string {
	var images []string
	for _, c := range spec.Containers {
		images = append(images, c.Image)
	}
	return strings.Join(images, ",")
}

func containerColumns(selector bool) []metav1.TableColumnDefinition {
	cols := []metav1.TableColumnDefinition{
		wide(column("Containers", "Names of each container in the template.")),
		wide(column("Images", "Images referenced by each container in the template.")),
	}
	if selector {
		cols = append(cols, wide(column("Selector", "Label selector of the pods that the object manages.")))
	}
	return cols
}

func ratio(have, want int32) string { return fmt.Sprintf("%d/%d", have, want) }
