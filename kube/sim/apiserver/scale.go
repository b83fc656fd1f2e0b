package apiserver

import (
	"encoding/json"
	"fmt"
	"net/http"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/kube/sim/api"
)

func scaleKind() schema.GroupVersionKind { return autoscalingv1.SchemeGroupVersion.WithKind("Scale") }

// scaleModel is a kind's typed model of autoscaling/v1 Scale, for decoding and patching.
func scaleModel() typedModel {
	return typedModel{kind: &api.Kind{GVK: scaleKind(), New: func() runtime.Object { return &autoscalingv1.Scale{} }}}
}

// serveScale serves /scale: the number of replicas of an object, as a Scale.
func (s *Server) serveScale(out *response, c *call) {
	if out.r.Method == http.MethodGet {
		obj, err := s.get(c)
		if err == nil {
			obj, err = c.res.scaleOf(obj)
		}
		s.answerScale(out, obj, err)
		return
	}
	wanted, err := s.readScale(c, out.r)
	if err != nil {
		out.fail(err)
		return
	}
	obj, err := s.update(out.r.Context(), c, change{patch: true, build: wanted})
	if err == nil {
		obj, err = c.res.scaleOf(obj)
	}
	s.answerScale(out, obj, err)
}

func (s *Server) answerScale(out *response, obj *unstructured.Unstructured, err error) {
	if err != nil {
		out.fail(err)
		return
	}
	out.json(http.StatusOK, obj.Object)
}

// readScale returns the change that a PUT or PATCH of a Scale makes to the object behind it.
func (s *Server) readScale(c *call, r *http.Request) (patchFunc, error) {
	validation, err := c.writeOptions(r)
	if err != nil {
		return nil, err
	}
	scale := &call{res: &resource{gvk: scaleKind(), gvr: c.res.gvr, model: scaleModel()}, name: c.name, namespace: c.namespace}
	var build patchFunc
	if r.Method == http.MethodPut {
		body, err := s.readDocument(r)
		if err != nil {
			return nil, err
		}
		given, err := scale.decode(body, validation)
		if err != nil {
			return nil, err
		}
		build = func(*unstructured.Unstructured) (*unstructured.Unstructured, error) { return given, nil }
	} else {
		body, err := readBody(r)
		if err != nil {
			return nil, err
		}
		if build, err = scale.patcher(types.PatchType(mediaType(r)), body, validation); err != nil {
			return nil, err
		}
	}
	return func(old *unstructured.Unstructured) (*unstructured.Unstructured, error) { return c.rescale(old, build) }, nil
}

// rescale applies a change of an object's Scale to the object.
func (c *call) rescale(old *unstructured.Unstructured, build patchFunc) (*unstructured.Unstructured, error) {
	before, err := c.res.scaleOf(old)
	if err != nil {
		return nil, err
	}
	after, err := build(before)
	if err != nil {
		return nil, err
	}
	obj := old.DeepCopy()
	if err := c.res.setReplicas(obj, after); err != nil {
		return nil, err
	}
	if rv := after.GetResourceVersion(); rv != "" {
		obj.SetResourceVersion(rv)
	}
	return obj, nil
}

// setReplicas copies spec.replicas of a Scale into the object behind it.
func (r *resource) setReplicas(obj, scale *unstructured.Unstructured) error {
	replicas, _, err := unstructured.NestedInt64(scale.Object, "spec", "replicas")
	if err != nil {
		return apierrors.NewBadRequest(err.Error())
	}
	if replicas < 0 {
		return apierrors.NewInvalid(scaleKind().GroupKind(), obj.GetName(), field.ErrorList{
			field.Invalid(field.NewPath("spec", "replicas"), replicas, "must be greater than or equal to 0")})
	}
	return unstructured.SetNestedField(obj.Object, replicas, r.scale.spec...)
}

// scaleOf shows an object as a Scale.
func (r *resource) scaleOf(obj *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	spec, _, _ := unstructured.NestedInt64(obj.Object, r.scale.spec...)
	status, _, _ := unstructured.NestedInt64(obj.Object, r.scale.status...)
	selector, err := r.selectorText(obj)
	if err != nil {
		return nil, err
	}
	meta := map[string]any{}
	for _, name := range []string{"name", "namespace", "uid", "resourceVersion", "creationTimestamp"} {
		if value, ok, _ := unstructured.NestedFieldNoCopy(obj.Object, "metadata", name); ok {
			meta[name] = value
		}
	}
	out := map[string]any{"metadata": meta, "spec": map[string]any{"replicas": spec}, "status": map[string]any{"replicas": status}}
	if selector != "" {
		out["status"].(map[string]any)["selector"] = selector
	}
	u := &unstructured.Unstructured{Object: out}
	u.SetGroupVersionKind(scaleKind())
	return u, nil
}

// selectorText prints the label selector of the object's pods.
func (r *resource) selectorText(obj *unstructured.Unstructured) (string, error) {
	if r.scale.selector == nil {
		return "", nil
	}
	value, found, _ := unstructured.NestedFieldNoCopy(obj.Object, r.scale.selector...)
	if text, ok := value.(string); !found || ok {
		return text, nil
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	// A ReplicationController's selector is a plain map of labels.
	if r.gvk.Kind == "ReplicationController" {
		var set map[string]string
		err := json.Unmarshal(raw, &set)
		return metav1.FormatLabelSelector(&metav1.LabelSelector{MatchLabels: set}), err
	}
	var selector metav1.LabelSelector
	if err := json.Unmarshal(raw, &selector); err != nil {
		return "", fmt.Errorf("read selector of %s: %w", obj.GetName(), err)
	}
	return metav1.FormatLabelSelector(&selector), nil
}
