package pss

import (
	"errors"
	"fmt"
	"maps"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// ErrNoPod is PodOf's error for a kind that is neither a Pod nor a pod controller, in Kyverno's words.
var ErrNoPod = errors.New("could not find correct resource type")

// PodOf returns the pod that a resource is or makes, and the path of its spec, for Evaluate. A CronJob's metadata is
// that of its job template, as in Kyverno. Other kinds give ErrNoPod.
func PodOf(resource *unstructured.Unstructured) (*metav1.ObjectMeta, *corev1.PodSpec, string, error) {
	switch kind := resource.GetKind(); kind {
	case "Pod":
		pod := &corev1.Pod{}
		err := convert(resource, pod)
		return &pod.ObjectMeta, &pod.Spec, "spec", err
	case "DaemonSet", "Deployment", "Job", "StatefulSet", "ReplicaSet", "ReplicationController":
		// All of them keep the template in the same place; a Deployment stands for any.
		controller := &appsv1.Deployment{}
		err := convert(&unstructured.Unstructured{Object: template(resource)}, controller)
		return &controller.Spec.Template.ObjectMeta, &controller.Spec.Template.Spec, "spec.template.spec", err
	case "CronJob":
		cronJob := &batchv1.CronJob{}
		err := convert(resource, cronJob)
		job := &cronJob.Spec.JobTemplate
		return &job.ObjectMeta, &job.Spec.Template.Spec, "spec.jobTemplate.spec.template.spec", err
	default:
		return nil, nil, "", ErrNoPod
	}
}

// template reduces a controller to its pod template, so that fields that differ between the kinds do not matter.
func template(resource *unstructured.Unstructured) map[string]any {
	inner, found, err := unstructured.NestedFieldNoCopy(resource.Object, "spec", "template")
	if err != nil || !found {
		return map[string]any{}
	}
	return map[string]any{"spec": map[string]any{"template": inner}}
}

// convert decodes a resource without its managed fields, which take as long as all the rest.
func convert(from *unstructured.Unstructured, to any) error {
	content := from.Object
	if meta, ok := content["metadata"].(map[string]any); ok && meta["managedFields"] != nil {
		meta, content = maps.Clone(meta), maps.Clone(content)
		delete(meta, "managedFields")
		content["metadata"] = meta
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, to); err != nil {
		return fmt.Errorf("decode %s %s: %w", from.GetKind(), from.GetName(), err)
	}
	return nil
}
