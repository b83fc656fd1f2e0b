package controller

import (
	"context"
	"encoding/json"
	"sort"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var revisionGVR = appsv1.SchemeGroupVersion.WithResource("controllerrevisions")

// ensureRevision keeps the history that kubectl rollout history and undo read: a ControllerRevision for every template
// a DaemonSet or StatefulSet has had. It returns the hash of the present template, which its pods carry.
func (w *world) ensureRevision(ctx context.Context, gvr resource, owner metav1.Object, template *corev1.PodTemplateSpec) (string, error) {
	hash := templateHash(template, nil)
	revisions, err := controlled[appsv1.ControllerRevision](ctx, w, revisionGVR, owner)
	if err != nil {
		return "", err
	}
	var latest int64
	var current *appsv1.ControllerRevision
	for _, r := range revisions {
		latest = max(latest, r.Revision)
		if r.Labels[appsv1.ControllerRevisionHashLabelKey] == hash {
			current = r
		}
	}
	switch {
	case current == nil:
		return hash, w.createRevision(ctx, gvr, owner, template, hash, latest+1)
	case current.Revision < latest: // an undo: the old template is the newest again
		current.Revision = latest + 1
		err = w.save(ctx, revisionGVR, current, "")
	}
	return hash, err
}

func (w *world) createRevision(ctx context.Context, gvr resource, owner metav1.Object, template *corev1.PodTemplateSpec, hash string, number int64) error {
	data, err := templatePatch(template)
	if err != nil {
		return err
	}
	kind, apiVersion := w.kindOf(gvr)
	labels := map[string]string{appsv1.ControllerRevisionHashLabelKey: hash}
	for key, value := range template.Labels {
		labels[key] = value
	}
	_, err = create(ctx, w, revisionGVR, &appsv1.ControllerRevision{
		ObjectMeta: metav1.ObjectMeta{
			Name: owner.GetName() + "-" + hash, Namespace: owner.GetNamespace(), Labels: labels, Annotations: owner.GetAnnotations(),
			OwnerReferences: []metav1.OwnerReference{controllerRef(kind, apiVersion, owner)},
		},
		Data: runtime.RawExtension{Raw: data}, Revision: number,
	})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// templatePatch is the patch that brings a controller back to a template, the form in which revisions keep it.
func templatePatch(template *corev1.PodTemplateSpec) ([]byte, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(template)
	if err != nil {
		return nil, err
	}
	content["$patch"] = "replace"
	return json.Marshal(map[string]any{"spec": map[string]any{"template": content}})
}

// scaledUp resolves a number of pods or a percentage of total, rounded up.
func scaledUp(amount *intstr.IntOrString, total int) int {
	n, err := intstr.GetScaledValueFromIntOrPercent(amount, total, true)
	if err != nil {
		return 0 // validation lets no such value through
	}
	return n
}

func sortedNames[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for name := range m {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}
