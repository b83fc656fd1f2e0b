package kinds

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsec/kube/sim/api"
)

func podTemplateKind() *api.Kind {
	return builtin[*corev1.PodTemplate]{
		new: func() *corev1.PodTemplate { return &corev1.PodTemplate{} }, group: corev1.SchemeGroupVersion,
		kind: "PodTemplate", plural: "podtemplates", generation: true,
		defaults: func(t *corev1.PodTemplate) { defaultPodSpec(&t.Template.Spec) },
		columns: []metav1.TableColumnDefinition{
			nameColumn(), column("Containers", "Names of each container in the template."),
			column("Images", "Images referenced by each container in the template."), column("Pod Labels", "The labels for the pod template."),
		},
		row: func(t *corev1.PodTemplate, _ time.Time) []any {
			spec := &t.Template.Spec
			return []any{t.Name, containersText(spec), imagesText(spec), labelsText(t.Template.Labels)}
		},
	}.build()
}

// componentStatusKind is the oldest way to ask whether the parts of a control plane are well. It can only be read.
func componentStatusKind() *api.Kind {
	return builtin[*corev1.ComponentStatus]{
		new: func() *corev1.ComponentStatus { return &corev1.ComponentStatus{} }, group: corev1.SchemeGroupVersion,
		kind: "ComponentStatus", plural: "componentstatuses", short: []string{"cs"}, cluster: true, verbs: []string{"get", "list"},
		columns: []metav1.TableColumnDefinition{
			nameColumn(), column("Status", "Status of the component conditions"),
			column("Message", "Message of the component conditions"), column("Error", "Error of the component conditions"),
		},
		row: func(s *corev1.ComponentStatus, _ time.Time) []any {
			for _, c := range s.Conditions {
				if c.Type == corev1.ComponentHealthy {
					state := "Unhealthy"
					if c.Status == corev1.ConditionTrue {
						state = "Healthy"
					}
					return []any{s.Name, state, c.Message, c.Error}
				}
			}
			return []any{s.Name, "Unknown", "", ""}
		},
	}.build()
}
