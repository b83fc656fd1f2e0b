package controller

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// remains is what is left in a namespace that is being deleted: objects by resource, and by the finalizers that hold them.
type remains struct {
	resources  map[string]int
	finalizers map[string]int
}

func newRemains() remains { return remains{resources: map[string]int{}, finalizers: map[string]int{}} }

// conditions says of a namespace why it is still there, as the namespace controller does: three conditions about the
// deletion itself, and two about what remains.
func (r remains) conditions(now metav1.Time) []corev1.NamespaceCondition {
	condition := func(kind corev1.NamespaceConditionType, status corev1.ConditionStatus, reason, message string) corev1.NamespaceCondition {
		return corev1.NamespaceCondition{Type: kind, Status: status, Reason: reason, Message: message, LastTransitionTime: now}
	}
	out := []corev1.NamespaceCondition{
		condition(corev1.NamespaceDeletionDiscoveryFailure, corev1.ConditionFalse, "ResourcesDiscovered", "All resources successfully discovered"),
		condition(corev1.NamespaceDeletionGVParsingFailure, corev1.ConditionFalse, "ParsedGroupVersions", "All legacy kube types successfully parsed"),
		condition(corev1.NamespaceDeletionContentFailure, corev1.ConditionFalse, "ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
		condition(corev1.NamespaceContentRemaining, corev1.ConditionFalse, "ContentRemoved", "All content successfully removed"),
		condition(corev1.NamespaceFinalizersRemaining, corev1.ConditionFalse, "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
	}
	if len(r.resources) > 0 {
		out[3] = condition(corev1.NamespaceContentRemaining, corev1.ConditionTrue, "SomeResourcesRemain",
			"Some resources are remaining: "+counted(r.resources, "%s has %d resource instances"))
	}
	if len(r.finalizers) > 0 {
		out[4] = condition(corev1.NamespaceFinalizersRemaining, corev1.ConditionTrue, "SomeFinalizersRemain",
			"Some content in the namespace has finalizers remaining: "+counted(r.finalizers, "%s in %d resource instances"))
	}
	return out
}

func counted(counts map[string]int, format string) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, fmt.Sprintf(format, name, counts[name]))
	}
	return strings.Join(out, ", ")
}

// keepTimes gives conditions that say what they said before the time since which they say it.
func keepTimes(conditions, before []corev1.NamespaceCondition) []corev1.NamespaceCondition {
	for i := range conditions {
		for _, old := range before {
			if c := &conditions[i]; old.Type == c.Type && old.Status == c.Status {
				c.LastTransitionTime = old.LastTransitionTime
			}
		}
	}
	return conditions
}

// resourceName is a resource as the messages name it: with its group after a dot, which the core group lacks.
func resourceName(gvr resource) string { return gvr.Resource + "." + gvr.Group }

// add takes in an object that is left, with the finalizers that hold it.
func (r remains) add(gvr resource, finalizers []string) {
	r.resources[resourceName(gvr)]++
	for _, name := range finalizers {
		r.finalizers[name]++
	}
}
