package apiserver

import (
	"context"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/clock"

	"podsec/kube/sim/api"
	"podsec/kube/sim/store"
)

// cleanupFinalizer holds a definition until its objects are gone.
const cleanupFinalizer = apiextensionsv1.CustomResourceCleanupFinalizer

// establishing returns the kind of definitions with the status that kube-apiserver's own controllers give one: names
// accepted and established. Here that is so from the first moment.
func establishing(kind *api.Kind, clock clock.PassiveClock) *api.Kind {
	out := *kind
	create, update := kind.Strategy.PrepareCreate, kind.Strategy.PrepareUpdate
	out.Strategy.PrepareCreate = func(obj runtime.Object) {
		if create != nil {
			create(obj)
		}
		establish(obj, now(clock))
	}
	out.Strategy.PrepareUpdate = func(obj, old runtime.Object) {
		if update != nil {
			update(obj, old)
		}
		establish(obj, now(clock))
	}
	return &out
}

func establish(obj runtime.Object, at metav1.Time) {
	crd, ok := obj.(*apiextensionsv1.CustomResourceDefinition)
	if !ok || crd.DeletionTimestamp != nil {
		return
	}
	crd.Status.AcceptedNames = crd.Spec.Names
	for _, v := range crd.Spec.Versions {
		if v.Storage && !slices.Contains(crd.Status.StoredVersions, v.Name) {
			crd.Status.StoredVersions = append(crd.Status.StoredVersions, v.Name)
		}
	}
	if len(crd.Status.Conditions) == 0 {
		crd.Status.Conditions = []apiextensionsv1.CustomResourceDefinitionCondition{
			{Type: apiextensionsv1.NamesAccepted, Status: apiextensionsv1.ConditionTrue, LastTransitionTime: at, Reason: "NoConflicts", Message: "no conflicts found"},
			{Type: apiextensionsv1.Established, Status: apiextensionsv1.ConditionTrue, LastTransitionTime: at, Reason: "InitialNamesAccepted", Message: "the initial names have been accepted"},
		}
	}
}

// setEstablished gives a definition that comes without one the status of an established one. Its schemas are not decoded.
func setEstablished(obj *unstructured.Unstructured, at metav1.Time) {
	spec, _, err := definitionSpec(obj)
	if err != nil {
		return // it cannot be served either, which is reported there
	}
	crd := &apiextensionsv1.CustomResourceDefinition{Spec: *spec}
	establish(crd, at)
	if status, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&crd.Status); err == nil {
		obj.Object["status"] = status
	}
}

// cleanUp deletes the objects of a definition that is being deleted, and lets it go once there are none. Objects with
// finalizers keep it; when the last one goes, cleanUp runs again.
func (s *Server) cleanUp(ctx context.Context, crd *unstructured.Unstructured) error {
	group, _, _ := unstructured.NestedString(crd.Object, "spec", "group")
	plural, _, _ := unstructured.NestedString(crd.Object, "spec", "names", "plural")
	gvr, ok := s.registry.Load().anyVersion(group, plural)
	if !ok {
		return s.release(ctx, crd.GetName())
	}
	client := s.Client()
	items, err := client.List(ctx, gvr, "", nil)
	if err != nil {
		return err
	}
	for _, item := range items {
		if err := client.Delete(ctx, gvr, item.GetNamespace(), item.GetName(), metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	return s.release(ctx, crd.GetName())
}

// release removes the finalizer of a definition that is being deleted and has no objects any more.
func (s *Server) release(ctx context.Context, name string) error {
	plural, group, _ := strings.Cut(name, ".")
	crds, ok := s.registry.Load().byResource[definitions.WithVersion("v1")]
	if !ok {
		return nil
	}
	item, err := s.store.Get(crds.key("", name))
	if err == store.ErrNotFound || err == nil && item.Object().GetDeletionTimestamp() == nil {
		return nil
	}
	if err != nil {
		return err
	}
	held := definitions
	held.Group, held.Resource = group, plural
	if items, _ := s.store.List(held); len(items) > 0 {
		return nil
	}
	c := &call{res: crds, name: name, user: s.systemUser()}
	_, err = s.update(ctx, c, change{patch: true, build: func(old *unstructured.Unstructured) (*unstructured.Unstructured, error) {
		obj := ownMetadata(old)
		obj.SetFinalizers(slices.DeleteFunc(slices.Clone(obj.GetFinalizers()), func(f string) bool { return f == cleanupFinalizer }))
		return obj, nil
	}})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
