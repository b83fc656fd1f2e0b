package admission

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/kube/sim/api"
)

// NewNamespaceLifecycle refuses objects in namespaces that do not exist, new ones in namespaces that are being
// terminated, and the deletion of the namespaces that a cluster cannot be without.
func NewNamespaceLifecycle(reader Reader) api.Admission {
	return mutating(func(ctx context.Context, a *api.Attributes) error {
		if a.Resource == core("namespaces") {
			return immortal(a)
		}
		if a.Namespace == "" || a.Operation == api.Delete {
			return nil
		}
		ns, err := reader.Get(ctx, core("namespaces"), "", a.Namespace)
		if err != nil {
			return err
		}
		if a.Operation == api.Create {
			return terminating(a, ns)
		}
		return nil
	})
}

func immortal(a *api.Attributes) error {
	if a.Operation == api.Delete && slices.Contains([]string{"default", "kube-system", "kube-public"}, a.Name) {
		return apierrors.NewForbidden(a.Resource.GroupResource(), a.Name, fmt.Errorf("this namespace may not be deleted"))
	}
	return nil
}

func terminating(a *api.Attributes, ns *unstructured.Unstructured) error {
	if phase, _, _ := unstructured.NestedString(ns.Object, "status", "phase"); phase != string(corev1.NamespaceTerminating) {
		return nil
	}
	err := forbidden(a, fmt.Errorf("unable to create new content in namespace %s because it is being terminated", a.Namespace))
	err.ErrStatus.Details.Causes = append(err.ErrStatus.Details.Causes, metav1.StatusCause{
		Type: corev1.NamespaceTerminatingCause, Field: "metadata.namespace",
		Message: fmt.Sprintf("namespace %s is being terminated", a.Namespace),
	})
	return err
}
