package kyverno

import (
	"context"
	"fmt"
	"maps"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"podsec/kube/sim/api"
)

// reconcileWebhooks makes the webhook configurations what the running controllers want: present and up to date for a
// controller that runs, gone when the admission controller was told to end, and left as they are when it merely has no
// ready pod (then their failurePolicy shows). It takes over the configuration first, which they depend on.
func (k *Kyverno) reconcileWebhooks(ctx context.Context) {
	k.loadConfig(ctx)
	if controller, ok := k.running(admissionController); ok {
		builder := webhookBuilder{config: k.settings(), controller: controller, owner: k.webhookOwner(ctx)}
		builder.kinds, builder.cel = k.cel.kinds, k.cel.list(nil)
		policies := k.policies.list(nil)
		wanted := append(builder.admissionStatic(), builder.resourceValidating(policies, k.discovery), builder.resourceMutating(policies, k.discovery))
		k.applyAll(ctx, controller, wanted)
		k.setReady(controller)
		k.cel.cover(builder.cel)
		k.cover(policies)
	} else {
		k.setUnready()
		if k.admissionEnded(ctx) {
			_, cleans := k.running(cleanupController)
			k.removeWebhooks(ctx, cleans)
		}
	}
	if controller, ok := k.running(cleanupController); ok {
		builder := webhookBuilder{config: k.settings(), controller: controller}
		k.applyAll(ctx, controller, builder.cleanupStatic())
	}
}

// cover notes the policies that the webhook configurations are made for. Only those are ready: a policy that came while
// the configurations of others were written has its turn after the next ones.
func (k *Kyverno) cover(policies []*policy) {
	covered := make(map[types.UID]bool, len(policies))
	for _, p := range policies {
		covered[p.Object().GetUID()] = true
	}
	k.mu.Lock()
	k.covered = covered
	k.mu.Unlock()
	k.later("status", k.reconcileStatus)
}

// isCovered says whether requests reach Kyverno for the policy's sake.
func (k *Kyverno) isCovered(p *policy) bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.covered[p.Object().GetUID()]
}

// applyAll creates or updates the configurations; what fails is tried again with the next change.
func (k *Kyverno) applyAll(ctx context.Context, controller installed, wanted []any) {
	client := k.client.As(controller.user(), controller.group())
	for _, typed := range wanted {
		if err := applyWebhook(ctx, client, typed); err != nil {
			k.report(err)
		}
	}
}

// applyWebhook stores one webhook configuration unless it is stored like this already.
func applyWebhook(ctx context.Context, client api.Client, typed any) error {
	wanted, gvr, err := webhookObject(typed)
	if err != nil {
		return err
	}
	stored, err := client.Get(ctx, gvr, "", wanted.GetName())
	if apierrors.IsNotFound(err) {
		_, err = client.Create(ctx, gvr, wanted, metav1.CreateOptions{})
	}
	if err != nil {
		return fmt.Errorf("register %s: %w", wanted.GetName(), err)
	}
	if stored == nil || sameWebhook(stored, wanted) {
		return nil
	}
	updated := stored.DeepCopy()
	updated.SetLabels(wanted.GetLabels())
	updated.SetAnnotations(wanted.GetAnnotations())
	updated.SetOwnerReferences(wanted.GetOwnerReferences())
	updated.Object["webhooks"] = wanted.Object["webhooks"]
	if _, err := client.Update(ctx, gvr, updated, ""); err != nil {
		return fmt.Errorf("update %s: %w", wanted.GetName(), err)
	}
	return nil
}

// webhookObject turns a typed configuration into what the API server stores.
func webhookObject(typed any) (*unstructured.Unstructured, schema.GroupVersionResource, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(typed)
	if err != nil {
		return nil, schema.GroupVersionResource{}, fmt.Errorf("convert webhook configuration: %w", err)
	}
	object := &unstructured.Unstructured{Object: content}
	unstructured.RemoveNestedField(content, "metadata", "creationTimestamp")
	if content["webhooks"] == nil {
		content["webhooks"] = []any{}
	}
	gvr, kind := validatingConfigs, "ValidatingWebhookConfiguration"
	if _, ok := typed.(*admissionregistrationv1.MutatingWebhookConfiguration); ok {
		gvr, kind = mutatingConfigs, "MutatingWebhookConfiguration"
	}
	object.SetGroupVersionKind(gvr.GroupVersion().WithKind(kind))
	return object, gvr, nil
}

func sameWebhook(stored, wanted *unstructured.Unstructured) bool {
	return maps.Equal(stored.GetLabels(), wanted.GetLabels()) && maps.Equal(stored.GetAnnotations(), wanted.GetAnnotations()) &&
		equality.Semantic.DeepEqual(stored.GetOwnerReferences(), wanted.GetOwnerReferences()) &&
		equality.Semantic.DeepEqual(list(stored.Object, "webhooks"), list(wanted.Object, "webhooks"))
}

// webhookOwner returns the ClusterRole that configurations belong to when the chart was asked to let garbage
// collection remove them (a role "…:webhook").
func (k *Kyverno) webhookOwner(ctx context.Context) []metav1.OwnerReference {
	roles, err := k.client.List(ctx, clusterRoles, "", labels.SelectorFromSet(labels.Set{"app.kubernetes.io/component": "kyverno"}))
	if err != nil {
		return nil
	}
	for _, role := range roles {
		if strings.HasSuffix(role.GetName(), ":webhook") {
			return []metav1.OwnerReference{{APIVersion: role.GetAPIVersion(), Kind: role.GetKind(), Name: role.GetName(), UID: role.GetUID()}}
		}
	}
	return nil
}

// removeWebhooks deletes every configuration of Kyverno's, as the admission controller does when it ends for good. Those of
// a cleanup controller that goes on are kept: it would register them again, and so on without end.
func (k *Kyverno) removeWebhooks(ctx context.Context, cleans bool) {
	mine := labels.SelectorFromSet(labels.Set{managedByLabel: "kyverno"})
	for _, gvr := range []schema.GroupVersionResource{validatingConfigs, mutatingConfigs} {
		stored, err := k.client.List(ctx, gvr, "", mine)
		if err != nil {
			k.report(fmt.Errorf("list %s: %w", gvr.Resource, err))
			continue
		}
		for _, object := range stored {
			if name := object.GetName(); cleans && (name == cleanupConfig || name == ttlConfig) {
				continue
			}
			err := k.client.Delete(ctx, gvr, "", object.GetName(), metav1.DeleteOptions{})
			if err != nil && !apierrors.IsNotFound(err) {
				k.report(fmt.Errorf("remove %s: %w", object.GetName(), err))
			}
		}
	}
}
