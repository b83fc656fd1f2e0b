package kinds

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"

	"podsec/kube/sim/api"
)

func namespaceKind() *api.Kind {
	return builtin[*corev1.Namespace]{
		new: func() *corev1.Namespace { return &corev1.Namespace{} }, group: corev1.SchemeGroupVersion,
		kind: "Namespace", plural: "namespaces", short: []string{"ns"}, cluster: true, status: true,
		verbs: []string{"create", "delete", "get", "list", "patch", "update", "watch"},
		name:  apivalidation.NameIsDNSLabel, defaults: defaultNamespace, create: createNamespace, update: updateNamespace,
		columns: columnsOf(column("Status", "The status of the namespace")), row: namespaceRow,
	}.build()
}

// defaultNamespace labels a namespace with its own name, so that selectors can tell namespaces apart.
func defaultNamespace(ns *corev1.Namespace) {
	if ns.Name == "" {
		return
	}
	if ns.Labels == nil {
		ns.Labels = map[string]string{}
	}
	ns.Labels[corev1.LabelMetadataName] = ns.Name
}

// createNamespace starts the namespace's life and puts the finalizer on it that holds it until it is empty.
func createNamespace(ns *corev1.Namespace) {
	ns.Status = corev1.NamespaceStatus{Phase: corev1.NamespaceActive}
	if !slices.Contains(ns.Spec.Finalizers, corev1.FinalizerKubernetes) {
		ns.Spec.Finalizers = append(ns.Spec.Finalizers, corev1.FinalizerKubernetes)
	}
}

// updateNamespace keeps the finalizers: they change only through the finalize subresource, and only once the namespace
// is being deleted.
func updateNamespace(ns, old *corev1.Namespace) {
	if ns.DeletionTimestamp == nil {
		ns.Spec.Finalizers = old.Spec.Finalizers
	}
}

func namespaceRow(ns *corev1.Namespace, now time.Time) []any {
	return []any{ns.Name, string(ns.Status.Phase), ageOf(ns, now)}
}
