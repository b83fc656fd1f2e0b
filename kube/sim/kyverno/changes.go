package kyverno

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// clusterChanged keeps what is derived from the cluster's objects up to date and asks for what follows from it.
func (k *Kyverno) clusterChanged(gvr schema.GroupVersionResource, old, now *unstructured.Unstructured) {
	switch gvr {
	case definitions:
		k.definitionChanged(old, now)
	case deployments:
		k.deploymentChanged(old, now)
	case configMaps:
		k.configMapChanged(either(old, now))
	case services:
		k.serviceChanged(either(old, now))
	case validatingConfigs, mutatingConfigs:
		k.later("webhooks", k.reconcileWebhooks)
	case clusterPolicies, namespacePolicies:
		k.policyChanged(gvr, old, now)
	case cleanupPolicies, clusterCleanups, deletingPolicies, namespacedDeleting:
		k.cleanupChanged(gvr, old, now)
	case policyExceptions:
		k.later("rescan", k.rescan)
	case celExceptions:
		k.celExceptionChanged(old, now)
	default:
		if kind := k.cel.kindOf(gvr); kind != nil {
			k.celPolicyChanged(kind, old, now)
		}
	}
}

// later puts a task on the control queue once.
func (k *Kyverno) later(key string, run func(context.Context)) { k.control.add(key, run) }

// definitionChanged follows a kind that came or went.
func (k *Kyverno) definitionChanged(old, now *unstructured.Unstructured) {
	if old != nil && now != nil && old.GetUID() == now.GetUID() && old.GetGeneration() == now.GetGeneration() {
		return
	}
	name := either(old, now).GetName()
	k.discovery.set(name, now)
	if now == nil && name == updateRequests {
		k.background.add("", k.abandon)
	}
	k.later("watch", k.watch)
	k.later("webhooks", k.reconcileWebhooks)
	k.background.add(fadingKey, k.followFading)
	if strings.HasSuffix(name, "."+policyReports.Group) {
		k.later("rescan", k.rescan) // what was scanned before there were reports has none
	}
}

// policyChanged puts a new or changed policy into force: webhooks first, then its status and a scan.
func (k *Kyverno) policyChanged(gvr schema.GroupVersionResource, old, now *unstructured.Unstructured) {
	key := policyKey(either(old, now))
	before := k.policies.get(key)
	changed, err := k.policies.set(gvr, old, now)
	if err != nil {
		k.report(fmt.Errorf("take policy %s: %w", policyKey(now), err))
	}
	if changed {
		k.later("webhooks", k.reconcileWebhooks)
		k.later("watch", k.watch)
		k.later("rescan", k.rescan)
		after := k.policies.get(key)
		k.background.add("", func(ctx context.Context) { k.followPolicy(ctx, before, after) })
	}
	k.later("status", k.reconcileStatus)
}

// configMapChanged reads Kyverno's own ConfigMap again when it changed.
func (k *Kyverno) configMapChanged(object *unstructured.Unstructured) {
	if controller, ok := k.deployed(admissionController); ok && nameOf(object) == controller.named(controller.configMap) {
		k.later("webhooks", k.reconcileWebhooks)
	}
}

// serviceChanged follows the Service behind the webhooks: nobody is ready before it was seen.
func (k *Kyverno) serviceChanged(object *unstructured.Unstructured) {
	if controller, ok := k.deployed(admissionController); ok && nameOf(object) == controller.named(controller.service) {
		k.later("webhooks", k.reconcileWebhooks)
	}
}

// loadConfig takes over the stored ConfigMap of the admission controller or, without one, of the clean-up controller. The
// API server is asked: in a cluster that is restored the Deployment may be seen before the ConfigMap, and the webhooks that
// are there would lose its annotations for a moment.
func (k *Kyverno) loadConfig(ctx context.Context) {
	controller, ok := k.deployed(admissionController)
	if !ok {
		controller, ok = k.deployed(cleanupController)
	}
	if !ok {
		return
	}
	k.configuring.Lock()
	defer k.configuring.Unlock()
	stored, err := k.client.Get(ctx, configMaps, controller.namespace, controller.configMap)
	if err != nil && !apierrors.IsNotFound(err) {
		k.report(fmt.Errorf("read configuration: %w", err))
		return
	}
	loaded := parseConfig(stored)
	k.mu.Lock()
	k.config = loaded
	k.mu.Unlock()
}

func either(old, now *unstructured.Unstructured) *unstructured.Unstructured {
	if now != nil {
		return now
	}
	return old
}
