package apiserver

import (
	"context"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/yaml"

	"podsec/kube/sim/api"
	"podsec/kube/sim/ident"
)

// The tests bring kinds of their own, as small as the rules of the server need them.

func gvr(group, version, resource string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: group, Version: version, Resource: resource}
}

func podKind() *api.Kind {
	return &api.Kind{
		GVK: corev1.SchemeGroupVersion.WithKind("Pod"), Plural: "pods", Singular: "pod", ShortNames: []string{"po"},
		Categories: []string{"all"}, Namespaced: true, Status: true,
		New: func() runtime.Object { return &corev1.Pod{} },
		Strategy: api.Strategy{
			Default: func(obj runtime.Object) {
				if pod := obj.(*corev1.Pod); pod.Spec.RestartPolicy == "" {
					pod.Spec.RestartPolicy = corev1.RestartPolicyAlways
				}
			},
			PrepareCreate: func(obj runtime.Object) {
				pod := obj.(*corev1.Pod)
				pod.Generation = 1
				pod.Status.Phase = corev1.PodPending
			},
			Validate: func(obj runtime.Object) field.ErrorList {
				if len(obj.(*corev1.Pod).Spec.Containers) == 0 {
					return field.ErrorList{field.Required(field.NewPath("spec", "containers"), "")}
				}
				return nil
			},
		},
		Table: api.Table{
			Columns: []metav1.TableColumnDefinition{{Name: "Name", Type: "string", Format: "name"}, {Name: "Status", Type: "string"}},
			Row: func(obj runtime.Object, _ time.Time) []any {
				pod := obj.(*corev1.Pod)
				return []any{pod.Name, string(pod.Status.Phase)}
			},
		},
	}
}

func testKinds() []*api.Kind {
	plain := func(gvk schema.GroupVersionKind, plural, singular string, namespaced bool, create func() runtime.Object, short ...string) *api.Kind {
		return &api.Kind{GVK: gvk, Plural: plural, Singular: singular, ShortNames: short, Namespaced: namespaced, New: create}
	}
	namespace := plain(corev1.SchemeGroupVersion.WithKind("Namespace"), "namespaces", "namespace", false, func() runtime.Object { return &corev1.Namespace{} }, "ns")
	namespace.Status = true
	namespace.Strategy.PrepareCreate = func(obj runtime.Object) {
		ns := obj.(*corev1.Namespace)
		ns.Status.Phase = corev1.NamespaceActive
		ns.Spec.Finalizers = []corev1.FinalizerName{corev1.FinalizerKubernetes}
	}
	deployment := plain(appsv1.SchemeGroupVersion.WithKind("Deployment"), "deployments", "deployment", true, func() runtime.Object { return &appsv1.Deployment{} }, "deploy")
	deployment.Status, deployment.Scale = true, true
	deployment.Strategy.PrepareCreate = func(obj runtime.Object) { obj.(*appsv1.Deployment).Generation = 1 }
	crd := plain(apiextensionsv1.SchemeGroupVersion.WithKind("CustomResourceDefinition"), "customresourcedefinitions", "customresourcedefinition", false, func() runtime.Object { return &apiextensionsv1.CustomResourceDefinition{} }, "crd", "crds")
	crd.Status = true
	return []*api.Kind{
		podKind(), namespace, deployment, crd,
		plain(corev1.SchemeGroupVersion.WithKind("ConfigMap"), "configmaps", "configmap", true, func() runtime.Object { return &corev1.ConfigMap{} }, "cm"),
		plain(corev1.SchemeGroupVersion.WithKind("ServiceAccount"), "serviceaccounts", "serviceaccount", true, func() runtime.Object { return &corev1.ServiceAccount{} }, "sa"),
		plain(corev1.SchemeGroupVersion.WithKind("Event"), "events", "event", true, func() runtime.Object { return &corev1.Event{} }, "ev"),
		plain(eventsv1.SchemeGroupVersion.WithKind("Event"), "events", "event", true, func() runtime.Object { return &eventsv1.Event{} }, "ev"),
	}
}

func testTime() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func newTestServer(t testing.TB, steps ...api.Admission) *Server {
	t.Helper()
	s, err := New(Options{
		Kinds: testKinds(), Admission: steps, Clock: clocktesting.NewFakePassiveClock(testTime()), IDs: ident.New("test"), Token: "secret",
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// object parses one YAML document.
func object(t testing.TB, text string) *unstructured.Unstructured {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(data); err != nil {
		t.Fatal(err)
	}
	return u
}

func mustCreate(t testing.TB, c api.Client, resource schema.GroupVersionResource, text string) *unstructured.Unstructured {
	t.Helper()
	obj, err := c.Create(context.Background(), resource, object(t, text), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return obj
}
