package policies

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
)

// namespaces is a lister of the stored namespaces.
type namespaces struct{ reader Reader }

// Get implements listers.NamespaceLister.
func (n namespaces) Get(name string) (*corev1.Namespace, error) {
	obj, err := n.reader.Get(context.Background(), corev1.SchemeGroupVersion.WithResource("namespaces"), "", name)
	if err != nil {
		return nil, err
	}
	namespace := &corev1.Namespace{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, namespace); err != nil {
		return nil, fmt.Errorf("read namespace %s: %w", name, err)
	}
	return namespace, nil
}

// List implements listers.NamespaceLister.
func (n namespaces) List(selector labels.Selector) ([]*corev1.Namespace, error) {
	all, err := n.reader.List(context.Background(), corev1.SchemeGroupVersion.WithResource("namespaces"), "", selector)
	if err != nil {
		return nil, err
	}
	out := make([]*corev1.Namespace, len(all))
	for i, obj := range all {
		if out[i], err = n.Get(obj.GetName()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// missingNamespaces is who a matcher asks again when its lister does not know a namespace. A real lister may be late; ours
// reads the store, and so the answer is that it does not exist.
type missingNamespaces struct{ kubernetes.Interface }

// CoreV1 implements kubernetes.Interface.
func (missingNamespaces) CoreV1() corev1client.CoreV1Interface { return missingCore{} }

type missingCore struct{ corev1client.CoreV1Interface }

// Namespaces implements corev1client.NamespacesGetter.
func (missingCore) Namespaces() corev1client.NamespaceInterface { return missing{} }

type missing struct {
	corev1client.NamespaceInterface
}

// Get implements corev1client.NamespaceInterface.
func (missing) Get(_ context.Context, name string, _ metav1.GetOptions) (*corev1.Namespace, error) {
	return nil, apierrors.NewNotFound(corev1.Resource("namespaces"), name)
}
