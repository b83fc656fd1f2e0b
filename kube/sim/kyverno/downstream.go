package kyverno

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"podsec/engine"
	"podsec/kube/sim/api"
)

// generatedOrSource says whether a resource was generated, or something was cloned from it.
func generatedOrSource(object *unstructured.Unstructured) bool {
	if object == nil {
		return false
	}
	own := nested(object.Object, "metadata", "labels")
	_, source := own[engine.LabelCloneSource]
	return source || text(own, engine.LabelPolicyName) != ""
}

// policyLabels are what everything has that a rule of a policy generated.
func policyLabels(p *policy, rule string) labels.Set {
	return labels.Set{
		engine.LabelManagedBy: "kyverno", engine.LabelPolicyName: p.Name(), engine.LabelPolicyNamespace: p.Namespace(), engine.LabelRuleName: rule,
	}
}

// triggerLabels are what everything has that was generated for a resource.
func triggerLabels(object *unstructured.Unstructured) labels.Set {
	gvk := object.GroupVersionKind()
	return labels.Set{
		engine.LabelTriggerUID: string(object.GetUID()), engine.LabelTriggerNamespace: object.GetNamespace(), engine.LabelTriggerKind: gvk.Kind,
		engine.LabelTriggerGroup: gvk.Group, engine.LabelTriggerVersion: gvk.Version,
	}
}

// generatedKinds are the kinds that a generate rule makes.
func (k *Kyverno) generatedKinds(rule map[string]any) []resource {
	var found []resource
	for _, pattern := range generateBlocks(rule) {
		if r, ok := k.discovery.kindFor(text(pattern, "apiVersion"), text(pattern, "kind")); ok {
			found = append(found, r)
		}
		for _, kind := range texts(nested(pattern, "cloneList"), "kinds") {
			for _, each := range k.discovery.find(parseKind(kind)) {
				found = append(found, each.resource)
			}
		}
	}
	return found
}

// generated returns what a rule generated that has more labels as well.
func (k *Kyverno) generated(ctx context.Context, p *policy, rule string, more labels.Set) map[schema.GroupVersionResource][]*unstructured.Unstructured {
	selector := labels.SelectorFromSet(labels.Merge(policyLabels(p, rule), more))
	found := map[schema.GroupVersionResource][]*unstructured.Unstructured{}
	for _, r := range k.generatedKinds(p.rule(rule)) {
		objects, err := k.client.List(ctx, r.gvr, "", selector)
		if err != nil {
			k.report(fmt.Errorf("list what %s/%s generated: %w", p.Key(), rule, err))
		}
		found[r.gvr] = objects
	}
	return found
}

// deleteGenerated deletes what a rule generated that has more labels as well.
func (k *Kyverno) deleteGenerated(ctx context.Context, p *policy, rule string, more labels.Set) {
	for gvr, objects := range k.generated(ctx, p, rule, more) {
		for _, object := range objects {
			err := k.backgroundClient().Delete(ctx, gvr, object.GetNamespace(), object.GetName(), metav1.DeleteOptions{})
			if err != nil && !apierrors.IsNotFound(err) {
				k.report(fmt.Errorf("delete generated %s: %w", object.GetName(), err))
			}
		}
	}
}

// resync brings back a generated resource that somebody changed or deleted, and carries the changes of a source over to
// its clones (Kyverno's processRequest).
func (k *Kyverno) resync(ctx context.Context, t *trigger) {
	if t.OldObject.GetLabels()[engine.LabelManagedBy] == "kyverno" {
		k.regenerate(ctx, t.OldObject.GetLabels())
		return
	}
	clones, err := k.client.List(ctx, t.Resource, "", labels.SelectorFromSet(labels.Set{engine.LabelSourceUID: string(t.OldObject.GetUID())}))
	if err != nil {
		k.report(fmt.Errorf("list clones of %s: %w", t.OldObject.GetName(), err))
	}
	for _, clone := range clones {
		of := clone.GetLabels()
		if p := k.policies.get(keyOfGenerated(of)); t.Operation == api.Delete && p != nil && synchronizes(p.rule(of[engine.LabelRuleName])) {
			k.deleteGenerated(ctx, p, of[engine.LabelRuleName], labels.Set{engine.LabelTriggerUID: of[engine.LabelTriggerUID]})
		} else {
			k.regenerate(ctx, of)
		}
	}
}

// keyOfGenerated is the key of the policy that generated what has these labels.
func keyOfGenerated(of map[string]string) string {
	if of[engine.LabelPolicyNamespace] == "" {
		return of[engine.LabelPolicyName]
	}
	return of[engine.LabelPolicyNamespace] + "/" + of[engine.LabelPolicyName]
}

// regenerate runs the rule again that made what has these labels, for the resource that triggered it, if the rule
// synchronizes.
func (k *Kyverno) regenerate(ctx context.Context, of map[string]string) {
	p := k.policies.get(keyOfGenerated(of))
	if p == nil || !synchronizes(p.rule(of[engine.LabelRuleName])) {
		return
	}
	version := schema.GroupVersion{Group: of[engine.LabelTriggerGroup], Version: of[engine.LabelTriggerVersion]}
	r, served := k.discovery.kindFor(version.String(), of[engine.LabelTriggerKind])
	if !served {
		return
	}
	subject, err := k.byUID(ctx, r, of[engine.LabelTriggerNamespace], types.UID(of[engine.LabelTriggerUID]))
	if err != nil || subject == nil || subject.GetDeletionTimestamp() != nil {
		return
	}
	k.generateFor(ctx, p, k.existingTrigger(ctx, r, subject, of[engine.LabelRuleName]), subject)
}

// existingRequest is the request that stands for a resource that is there.
func (k *Kyverno) existingRequest(ctx context.Context, subject *unstructured.Unstructured) *engine.Request {
	return &engine.Request{
		Operation: engine.Create, Object: subject, Kind: subject.GroupVersionKind(), Background: true,
		NamespaceLabels: k.namespaceLabels(ctx, subject.GetNamespace()),
	}
}
