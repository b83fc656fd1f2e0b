package psa

import (
	"fmt"

	admissionv1 "k8s.io/api/admission/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/kube/sim/api"
)

// prototypes makes an empty object of each resource that carries a pod, and of a Namespace.
var prototypes = map[schema.GroupResource]func() runtime.Object{
	corev1.Resource("namespaces"):             func() runtime.Object { return &corev1.Namespace{} },
	corev1.Resource("pods"):                   func() runtime.Object { return &corev1.Pod{} },
	corev1.Resource("podtemplates"):           func() runtime.Object { return &corev1.PodTemplate{} },
	corev1.Resource("replicationcontrollers"): func() runtime.Object { return &corev1.ReplicationController{} },
	appsv1.Resource("daemonsets"):             func() runtime.Object { return &appsv1.DaemonSet{} },
	appsv1.Resource("deployments"):            func() runtime.Object { return &appsv1.Deployment{} },
	appsv1.Resource("replicasets"):            func() runtime.Object { return &appsv1.ReplicaSet{} },
	appsv1.Resource("statefulsets"):           func() runtime.Object { return &appsv1.StatefulSet{} },
	batchv1.Resource("cronjobs"):              func() runtime.Object { return &batchv1.CronJob{} },
	batchv1.Resource("jobs"):                  func() runtime.Object { return &batchv1.Job{} },
}

// attributes shows a request as pod-security-admission wants to see it. Objects are converted only when asked for,
// which does not happen in a privileged namespace.
type attributes struct {
	request *api.Attributes
}

func (a *attributes) GetName() string                          { return a.request.Name }
func (a *attributes) GetResource() schema.GroupVersionResource { return a.request.Resource }
func (a *attributes) GetKind() schema.GroupVersionKind         { return a.request.Kind }
func (a *attributes) GetSubresource() string                   { return a.request.Subresource }
func (a *attributes) GetUserName() string                      { return a.request.User.Username }

func (a *attributes) GetOperation() admissionv1.Operation {
	return admissionv1.Operation(a.request.Operation)
}

// GetNamespace is, for a Namespace, its own name: kube-apiserver says so, and exemptions by namespace need it.
func (a *attributes) GetNamespace() string {
	if a.request.Namespace == "" && a.request.Resource.GroupResource() == corev1.Resource("namespaces") {
		return a.request.Name
	}
	return a.request.Namespace
}

func (a *attributes) GetObject() (runtime.Object, error)    { return a.typed(a.request.Object) }
func (a *attributes) GetOldObject() (runtime.Object, error) { return a.typed(a.request.OldObject) }

func (a *attributes) typed(object *unstructured.Unstructured) (runtime.Object, error) {
	if object == nil {
		return nil, fmt.Errorf("decode %s: no object", a.request.Resource.Resource)
	}
	typed := prototypes[a.request.Resource.GroupResource()]()
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, typed); err != nil {
		return nil, fmt.Errorf("decode %s %s: %w", a.request.Resource.Resource, a.request.Name, err)
	}
	return typed, nil
}
