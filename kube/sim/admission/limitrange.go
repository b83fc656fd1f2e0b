package admission

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"

	"podsec/kube/sim/api"
)

// NewLimitRanger gives the containers of new pods the default requests and limits of their namespace's LimitRanges, and
// refuses pods and claims outside of them, as the LimitRanger plugin does.
func NewLimitRanger(reader Reader) api.Admission { return limitRanger{reader: reader} }

type limitRanger struct{ reader Reader }

func (l limitRanger) Mutate(ctx context.Context, a *api.Attributes) error {
	if !isPod(a) || a.Operation != api.Create {
		return nil
	}
	ranges, err := l.ranges(ctx, a)
	if err != nil || len(ranges) == 0 {
		return err
	}
	pod, err := fromUnstructured[corev1.Pod](a.Object)
	if err != nil {
		return err
	}
	for _, limits := range ranges {
		applyDefaults(pod, limits)
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(pod)
	if err != nil {
		return fmt.Errorf("encode pod %s: %w", a.Name, err)
	}
	a.Object = &unstructured.Unstructured{Object: content}
	return nil
}

func (l limitRanger) Validate(ctx context.Context, a *api.Attributes) error {
	check := l.check(a)
	if check == nil || a.OldObject != nil && a.OldObject.GetDeletionTimestamp() != nil {
		return nil
	}
	ranges, err := l.ranges(ctx, a)
	if err != nil {
		return err
	}
	for _, limits := range ranges {
		errs, err := check(a.Object, limits)
		if err != nil {
			return err
		}
		if err := utilerrors.NewAggregate(errs); err != nil {
			return apierrors.NewForbidden(a.Resource.GroupResource(), a.Name, err)
		}
	}
	return nil
}

// check returns what must be checked of a request. The containers of a pod change only when it is resized.
func (limitRanger) check(a *api.Attributes) func(*unstructured.Unstructured, *corev1.LimitRange) ([]error, error) {
	switch {
	case a.Object == nil:
		return nil
	case isPod(a) && a.Operation == api.Create, a.Resource == core("pods") && a.Subresource == "resize":
		return func(obj *unstructured.Unstructured, limits *corev1.LimitRange) ([]error, error) {
			pod, err := fromUnstructured[corev1.Pod](obj)
			if err != nil {
				return nil, err
			}
			return podErrors(pod, limits), nil
		}
	case a.Resource == core("persistentvolumeclaims") && a.Subresource == "" && a.Operation != api.Delete:
		return func(obj *unstructured.Unstructured, limits *corev1.LimitRange) ([]error, error) {
			claim, err := fromUnstructured[corev1.PersistentVolumeClaim](obj)
			if err != nil {
				return nil, err
			}
			return claimErrors(claim, limits), nil
		}
	}
	return nil
}

func (l limitRanger) ranges(ctx context.Context, a *api.Attributes) ([]*corev1.LimitRange, error) {
	found, err := l.reader.List(ctx, core("limitranges"), a.Namespace, nil)
	if err != nil {
		return nil, err
	}
	var out []*corev1.LimitRange
	for _, obj := range found {
		limits, err := fromUnstructured[corev1.LimitRange](obj)
		if err != nil {
			return nil, err
		}
		out = append(out, limits)
	}
	return out, nil
}

func fromUnstructured[T any](obj *unstructured.Unstructured) (*T, error) {
	out := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, out); err != nil {
		return nil, fmt.Errorf("decode %s %s: %w", obj.GetKind(), obj.GetName(), err)
	}
	return out, nil
}
