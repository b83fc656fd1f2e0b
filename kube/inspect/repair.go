package inspect

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"podsec/engine/document"
	"podsec/engine/fix"
	"podsec/kube"
)

// Repair makes the change that a fix proposes: it patches what is in the cluster, replaces a pod, whose spec cannot be
// changed, and applies what is not there. The error is the cluster's.
func (c *Cluster) Repair(ctx context.Context, a Answer, f *fix.Fix) error {
	documents, err := document.Parse(a.Resource.Name, []byte(f.YAML))
	if err != nil || len(documents) != 1 {
		return fmt.Errorf("read the fixed %s: %w", a.Resource.Name, err)
	}
	fixed := namespaced(documents[0], a.Ref.Namespace).Object
	switch {
	case !a.Stored:
		return c.send(ctx, fixed)
	case a.Ref.Kind == "Pod":
		return c.replace(ctx, a.Ref, fixed)
	}
	patch, err := f.PatchJSON()
	if err != nil {
		return err
	}
	resource, err := c.resource(a.Ref)
	if err != nil {
		return err
	}
	options := metav1.PatchOptions{FieldManager: kube.FieldManager}
	if _, err := resource.Patch(ctx, a.Ref.Name, types.JSONPatchType, []byte(patch), options); err != nil {
		return fmt.Errorf("patch %s: %w", a.Resource.Name, err)
	}
	return nil
}

// send applies an object.
func (c *Cluster) send(ctx context.Context, object *unstructured.Unstructured) error {
	resource, err := c.resource(refOf(object))
	if err != nil {
		return err
	}
	options := metav1.ApplyOptions{FieldManager: kube.FieldManager, Force: true}
	if _, err := resource.Apply(ctx, object.GetName(), object, options); err != nil {
		return fmt.Errorf("apply %s %s: %w", object.GetKind(), object.GetName(), err)
	}
	return nil
}

// replace deletes an object and creates it anew. Whether the new one is let in is asked first, under another name.
func (c *Cluster) replace(ctx context.Context, ref Ref, object *unstructured.Unstructured) error {
	resource, err := c.resource(ref)
	if err != nil {
		return err
	}
	rehearsal := object.DeepCopy()
	rehearsal.SetName(rehearsed(object.GetName()))
	options := metav1.CreateOptions{FieldManager: kube.FieldManager, DryRun: []string{metav1.DryRunAll}}
	if _, err := resource.Create(ctx, rehearsal, options); err != nil {
		return fmt.Errorf("replace %s: %w", ref, err)
	}
	at := int64(0)
	if err := resource.Delete(ctx, ref.Name, metav1.DeleteOptions{GracePeriodSeconds: &at}); err != nil {
		return fmt.Errorf("replace %s: %w", ref, err)
	}
	if _, err := resource.Create(ctx, object, metav1.CreateOptions{FieldManager: kube.FieldManager}); err != nil {
		return fmt.Errorf("replace %s: %w", ref, err)
	}
	return nil
}

// rehearsed is a name that is free, and no longer than names may be.
func rehearsed(name string) string {
	const longest = 253
	return name[:min(len(name), longest-len("-rehearsal"))] + "-rehearsal"
}
