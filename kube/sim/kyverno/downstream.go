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

// The labels that generated resources and the sources of clones have.
const (
	labelManagedBy        = "app.kubernetes.io/managed-by"
	labelGeneratePolicy   = "generate.kyverno.io/policy-name"
	labelGenerateOf       = "generate.kyverno.io/policy-namespace"
	labelGenerateRule     = "generate.kyverno.io/rule-name"
	labelTriggerUID       = "generate.kyverno.io/trigger-uid"
	labelTriggerNamespace = "generate.kyverno.io/trigger-namespace"
	labelTriggerKind      = "generate.kyverno.io/trigger-kind"
	labelTriggerGroup     = "generate.kyverno.io/trigger-group"
	labelTriggerVersion   = "generate.kyverno.io/trigger-version"
	labelSourceUID        = "generate.kyverno.io/source-uid"
	labelSourceNamespace  = "generate.kyverno.io/source-namespace"
	labelCloneSource      = "generate.kyverno.io/clone-source"
)

// generatedOrSource says whether a resource was generated, or something was cloned from it.
func generatedOrSource(object *unstructured.Unstructured) bool {
	if object == nil {
		return false
	}
	own := nested(object.Object, "metadata", "labels")
	_, source := own[labelCloneSource]
	return source || text(own, labelGeneratePolicy) != ""
}

// policyLabels are what everything has that a rule of a policy generated.
func policyLabels(p *policy, rule string) labels.Set {
	return labels.Set{
		labelManagedBy: "kyverno", labelGeneratePolicy: p.Name(), labelGenerateOf: p.Namespace(), labelGenerateRule: rule,
	}
}

// triggerLabels are what everything has that was generated for a resource.
func triggerLabels(object *unstructured.Unstructured) labels.Set {
	gvk := object.GroupVersionKind()
	return labels.Set{
		labelTriggerUID: string(object.GetUID()), labelTriggerNamespace: object.GetNamespace(), labelTriggerKind: gvk.Kind,
		labelTriggerGroup: gvk.Group, labelTriggerVersion: gvk.Version,
	}
}

// generatedKinds are the kinds that a generate rule makes.
func (k *Kyverno) generatedKinds(rule map[string]any) []resource {
	generate := nested(rule, "generate")
	var found []resource
	for _, pattern := range append([]map[string]any{generate}, objects(generate, "foreach")...) {
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
	if t.OldObject.GetLabels()[labelManagedBy] == "kyverno" {
		k.regenerate(ctx, t.OldObject.GetLabels())
		return
	}
	clones, err := k.client.List(ctx, t.Resource, "", labels.SelectorFromSet(labels.Set{labelSourceUID: string(t.OldObject.GetUID())}))
	if err != nil {
		k.report(fmt.Errorf("list clones of %s: %w", t.OldObject.GetName(), err))
	}
	for _, clone := range clones {
		of := clone.GetLabels()
		if p := k.policies.get(keyOfGenerated(of)); t.Operation == api.Delete && p != nil && synchronizes(p.rule(of[labelGenerateRule])) {
			k.deleteGenerated(ctx, p, of[labelGenerateRule], labels.Set{labelTriggerUID: of[labelTriggerUID]})
		} else {
			k.regenerate(ctx, of)
		}
	}
}

// keyOfGenerated is the key of the policy that generated what has these labels.
func keyOfGenerated(of map[string]string) string {
	if of[labelGenerateOf] == "" {
		return of[labelGeneratePolicy]
	}
	return of[labelGenerateOf] + "/" + of[labelGeneratePolicy]
}

// regenerate runs the rule again that made what has these labels, for the resource that triggered it, if the rule
// synchronizes.
func (k *Kyverno) regenerate(ctx context.Context, of map[string]string) {
	p := k.policies.get(keyOfGenerated(of))
	if p == nil || !synchronizes(p.rule(of[labelGenerateRule])) {
		return
	}
	version := schema.GroupVersion{Group: of[labelTriggerGroup], Version: of[labelTriggerVersion]}
	r, served := k.discovery.kindFor(version.String(), of[labelTriggerKind])
	if !served {
		return
	}
	subject, err := k.byUID(ctx, r, of[labelTriggerNamespace], types.UID(of[labelTriggerUID]))
	if err != nil || subject == nil || subject.GetDeletionTimestamp() != nil {
		return
	}
	k.generateFor(ctx, p, k.existingTrigger(ctx, r, subject, of[labelGenerateRule]), subject)
}

// existingRequest is the request that stands for a resource that is there.
func (k *Kyverno) existingRequest(ctx context.Context, subject *unstructured.Unstructured) *engine.Request {
	return &engine.Request{
		Operation: engine.Create, Object: subject, Kind: subject.GroupVersionKind(), Background: true,
		NamespaceLabels: k.namespaceLabels(ctx, subject.GetNamespace()),
	}
}
