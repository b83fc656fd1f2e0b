package kyverno

import (
	"context"
	"reflect"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// deploymentChanged notes a controller that was installed, got its first ready pod, lost its last, or went.
func (k *Kyverno) deploymentChanged(old, now *unstructured.Unstructured) {
	name := nameOf(either(old, now))
	k.mu.Lock()
	before, was := k.components[name]
	var after installed
	var is bool
	if now != nil {
		after, is = parseDeployment(now)
	}
	if is {
		k.components[name] = after
		k.noteAdmission(name, after, goingDown(now))
	} else {
		delete(k.components, name)
	}
	k.mu.Unlock()
	if !was && !is || was && is && before.same(after) {
		return
	}
	k.retakeCELPolicies(k.cluster.list(celExceptions)) // whether exceptions count stands in a Deployment
	k.later("webhooks", k.reconcileWebhooks)
	k.later("status", k.reconcileStatus)
	k.later("watch", k.watch)
	if is && after.component == backgroundController && after.ready && !before.ready {
		k.background.add("", k.resume)
		k.followPolicies()
	}
	k.appoint(before, after)
}

// appoint puts onto the timetable what a controller does from time to time that changed.
func (k *Kyverno) appoint(before, after installed) {
	switch {
	case after.component == reportsController && after.ready && (!before.ready || before.scanInterval != after.scanInterval):
		k.scanAgain(after.scanInterval)
	case after.component == cleanupController && after.ready && !before.ready:
		k.timetable.At(findFadingKey, k.clock.Now().Add(fadingInterval), k.findFading)
	case before.component == cleanupController && before.ready && !after.ready:
		k.background.add(fadingKey, k.followFading)
	}
}

// noteAdmission remembers the admission controller that runs. One that lost its last pod although it is wanted has nobody
// who could take the webhook configurations down, should it be told to end after that. The lock is held.
func (k *Kyverno) noteAdmission(name types.NamespacedName, now installed, ends bool) {
	switch {
	case now.component != admissionController:
	case now.ready:
		k.lastAdmission = name
	case name == k.lastAdmission && !ends:
		k.lastAdmission = types.NamespacedName{}
	}
}

// same says whether nothing changed that matters to the others.
func (i installed) same(other installed) bool {
	i.labels, other.labels = nil, nil
	return reflect.DeepEqual(i, other)
}

// deployed returns the controller's Deployment if there is one.
func (k *Kyverno) deployed(c component) (installed, bool) {
	return k.first(func(i installed) bool { return i.component == c })
}

// running returns the controller if it has a ready pod.
func (k *Kyverno) running(c component) (installed, bool) {
	return k.first(func(i installed) bool { return i.component == c && i.ready })
}

// first returns the first controller that is wanted; should there be several installations, the one whose Deployment's
// name comes first.
func (k *Kyverno) first(wanted func(installed) bool) (found installed, ok bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	var at string
	for name, i := range k.components {
		if wanted(i) && (!ok || name.String() < at) {
			found, ok, at = i, true, name.String()
		}
	}
	return found, ok
}

// admissionEnded says whether an admission controller ran and was told to end: its Deployment is gone or scaled to zero. The
// API server is asked, because a replaced store deletes and brings back everything at once.
func (k *Kyverno) admissionEnded(ctx context.Context) bool {
	k.mu.RLock()
	last := k.lastAdmission
	k.mu.RUnlock()
	if last.Name == "" {
		return false
	}
	deployment, err := k.client.Get(ctx, deployments, last.Namespace, last.Name)
	if apierrors.IsNotFound(err) {
		return true
	}
	return err == nil && goingDown(deployment)
}

// setReady tells those who wait that the admission controller works, if requests reach it. If not, its turn comes with
// the change of its Deployment or Service. Like setUnready it is for tasks of the control queue only.
func (k *Kyverno) setReady(controller installed) {
	_, reached := k.Lookup(controller.namespace, controller.service)
	k.mu.Lock()
	defer k.mu.Unlock()
	if reached && !k.isReady {
		k.isReady = true
		close(k.ready)
		k.later("watch", k.watch) // for policies that were written before anybody was asked about them
	}
}

func (k *Kyverno) setUnready() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.isReady {
		k.isReady = false
		k.ready = make(chan struct{})
	}
}
