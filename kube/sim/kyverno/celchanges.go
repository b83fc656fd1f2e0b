package kyverno

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/celpolicy/stored"
)

// celPolicyChanged puts a new or changed policy of policies.kyverno.io into force.
func (k *Kyverno) celPolicyChanged(kind *stored.Kind, old, now *unstructured.Unstructured) {
	if old == nil || now == nil || !sameButStatus(old, now) {
		k.takeCELPolicy(kind, old, now)
		k.later("webhooks", k.reconcileWebhooks)
		k.later("watch", k.watch)
		k.later("rescan", k.rescan)
	}
	k.later("status", k.reconcileStatus)
}

// takeCELPolicy compiles a policy that came or changed.
func (k *Kyverno) takeCELPolicy(kind *stored.Kind, old, now *unstructured.Unstructured) {
	k.cel.taking.Lock()
	defer k.cel.taking.Unlock()
	k.compileCELPolicy(kind, old, now)
}

// compileCELPolicy is takeCELPolicy for who takes policies already.
func (k *Kyverno) compileCELPolicy(kind *stored.Kind, old, now *unstructured.Unstructured) {
	var compiled *stored.Policy
	if now != nil {
		var err error
		if compiled, err = stored.New(kind, now, k.celExceptions(), world{k}); err != nil {
			k.report(fmt.Errorf("take policy: %w", err))
		}
	}
	k.cel.set(old, compiled)
}

// celExceptionChanged compiles the policies again for which an exception that came, changed or went makes a difference.
func (k *Kyverno) celExceptionChanged(old, now *unstructured.Unstructured) {
	changed := slices.DeleteFunc([]*unstructured.Unstructured{old, now}, func(object *unstructured.Unstructured) bool { return object == nil })
	k.retakeCELPolicies(changed)
	k.later("rescan", k.rescan)
}

// retakeCELPolicies compiles the policies again that the exceptions name.
func (k *Kyverno) retakeCELPolicies(exceptions []*unstructured.Unstructured) {
	k.cel.taking.Lock()
	defer k.cel.taking.Unlock()
	for _, p := range k.cel.list(func(p *stored.Policy) bool { return p.Concerned(exceptions) }) {
		k.compileCELPolicy(p.Kind(), p.Object(), p.Object())
	}
}

// celExceptions are the known PolicyExceptions of policies.kyverno.io that count.
func (k *Kyverno) celExceptions() []*unstructured.Unstructured {
	return k.countingCEL(k.cluster.list(celExceptions))
}

// countingCEL leaves of exceptions those that count: without a namespace to take them from, those of all namespaces do.
func (k *Kyverno) countingCEL(exceptions []*unstructured.Unstructured) []*unstructured.Unstructured {
	controller, ok := k.deployed(admissionController)
	if !ok || !controller.exceptions {
		return nil
	}
	counting := slices.DeleteFunc(exceptions, func(exception *unstructured.Unstructured) bool {
		from := controller.exceptionNamespace
		return from != "" && from != "*" && from != exception.GetNamespace()
	})
	slices.SortFunc(counting, byName)
	return counting
}
