package controller

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"sort"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/utils/dump"

	"podsec/kube/sim/api"
)

// templateHash is the pod-template-hash of kube-controller-manager: the same template gives the same name as there.
func templateHash(template *corev1.PodTemplateSpec, collisions *int32) string {
	h := fnv.New32a()
	fmt.Fprintf(h, "%v", dump.ForHash(*template))
	if collisions != nil {
		b := make([]byte, 8)
		binary.LittleEndian.PutUint32(b, uint32(*collisions))
		_, _ = h.Write(b) // a hash's Write never fails
	}
	return rand.SafeEncodeString(fmt.Sprint(h.Sum32()))
}

// owned returns the pods in the owner's namespace that it controls, by name.
func owned(ctx context.Context, w *world, owner metav1.Object) ([]*corev1.Pod, error) {
	return controlled[corev1.Pod](ctx, w, podsGVR, owner)
}

// controlled returns the objects of a kind in the owner's namespace that it controls, by name.
func controlled[T any](ctx context.Context, w *world, gvr resource, owner metav1.Object) ([]*T, error) {
	return listWhere[T](ctx, w, gvr, owner.GetNamespace(), func(head api.Head) bool { return head.Controller == owner.GetUID() }, decode[T])
}

// ownerOf returns the controller of a changed object, if it is of the kind.
func ownerOf(ch change, apiVersion, kind string) []object {
	if ref := metav1.GetControllerOf(ch.obj); ref != nil && ref.Kind == kind && ref.APIVersion == apiVersion {
		return []object{{namespace: ch.obj.GetNamespace(), name: ref.Name}}
	}
	return nil
}

// active says that a pod counts as a replica: it has not ended and is not being deleted.
func active(pod *corev1.Pod) bool {
	return pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed && pod.DeletionTimestamp == nil
}

func ready(pod *corev1.Pod) (metav1.Time, bool) {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.LastTransitionTime, c.Status == corev1.ConditionTrue
		}
	}
	return metav1.Time{}, false
}

// available says that a pod has been ready for long enough.
func available(pod *corev1.Pod, minReadySeconds int32, now time.Time) bool {
	since, ok := ready(pod)
	return ok && (minReadySeconds == 0 || !since.Add(time.Duration(minReadySeconds)*time.Second).After(now))
}

// fromTemplate makes a pod of a controller's template, with a name of the server's choice.
func fromTemplate(w *world, gvr resource, owner metav1.Object, template *corev1.PodTemplateSpec) *corev1.Pod {
	kind, apiVersion := w.kindOf(gvr)
	t := template.DeepCopy()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: owner.GetNamespace(), GenerateName: owner.GetName() + "-",
			Labels: t.Labels, Annotations: t.Annotations, Finalizers: t.Finalizers,
			OwnerReferences: []metav1.OwnerReference{controllerRef(kind, apiVersion, owner)},
		},
		Spec: t.Spec,
	}
	return pod
}

func controllerRef(kind, apiVersion string, owner metav1.Object) metav1.OwnerReference {
	yes := true
	return metav1.OwnerReference{
		APIVersion: apiVersion, Kind: kind, Name: owner.GetName(), UID: owner.GetUID(), Controller: &yes, BlockOwnerDeletion: &yes,
	}
}

// createPod creates a pod for a controller and says so in an event on it.
func (w *world) createPod(ctx context.Context, gvr resource, owner metav1.Object, pod *corev1.Pod) error {
	made, err := create(ctx, w, podsGVR, pod)
	ref := w.about(gvr, owner)
	switch {
	case err == nil:
		w.eventf(ctx, ref, corev1.EventTypeNormal, "SuccessfulCreate", "Created pod: %v", made.Name)
	case !apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		w.eventf(ctx, ref, corev1.EventTypeWarning, "FailedCreate", "Error creating: %v", err)
	}
	return err
}

func (w *world) deletePod(ctx context.Context, gvr resource, owner metav1.Object, pod *corev1.Pod) error {
	ref := w.about(gvr, owner)
	if err := w.remove(ctx, podsGVR, pod, metav1.DeleteOptions{}); err != nil {
		w.eventf(ctx, ref, corev1.EventTypeWarning, "FailedDelete", "Error deleting: %v", err)
		return err
	}
	w.eventf(ctx, ref, corev1.EventTypeNormal, "SuccessfulDelete", "Deleted pod: %v", pod.Name)
	return nil
}

// byWorth sorts pods so that those come first whose loss matters least: without a node, not started, not ready, young.
func byWorth(pods []*corev1.Pod) {
	rank := func(p *corev1.Pod) int {
		_, isReady := ready(p)
		switch {
		case p.Spec.NodeName == "":
			return 0
		case p.Status.Phase == corev1.PodPending:
			return 1
		case !isReady:
			return 2
		}
		return 3
	}
	sort.SliceStable(pods, func(i, j int) bool {
		a, b := pods[i], pods[j]
		if ra, rb := rank(a), rank(b); ra != rb {
			return ra < rb
		}
		if !a.CreationTimestamp.Equal(&b.CreationTimestamp) {
			return b.CreationTimestamp.Before(&a.CreationTimestamp)
		}
		return a.Name > b.Name
	})
}

// burst is how many times a controller tries to create a pod at once before it waits. client-go's rate limiter lets
// about as many through in the first seconds.
const burst = 10

// attempts remembers for each owner that could not create its pods when it may try again. The first tries come at
// once, so that what a real cluster shows after some seconds is there from the start.
type attempts struct {
	failed map[types.UID]*attempt
}

type attempt struct {
	at         object
	failures   int
	next       moment
	generation int64
	err        error
}

func newAttempts() attempts { return attempts{failed: map[types.UID]*attempt{}} }

// may says whether to try now: always before the first failure, then when the time has come or the owner changed.
func (a attempts) may(owner metav1.Object, now moment) (bool, error) {
	f, ok := a.failed[owner.GetUID()]
	if !ok || !now.Before(f.next) || f.generation != owner.GetGeneration() {
		return true, nil
	}
	return false, f.err
}

// try creates up to count pods, in batches that double, and gives up at the first failure, which it repeats until the
// burst is used up. With the failure it returns when to try again.
func (a attempts) try(owner metav1.Object, at object, now moment, count int, create func() error) (moment, error) {
	for made := 0; made < count; {
		err := create()
		if err == nil {
			delete(a.failed, owner.GetUID())
			made++
			continue
		}
		if apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
			return moment{}, nil // everything here is going away
		}
		f := a.failed[owner.GetUID()]
		if f == nil {
			f = &attempt{at: at}
			a.failed[owner.GetUID()] = f
		}
		f.failures++
		f.err, f.generation, f.next = err, owner.GetGeneration(), now.Add(delay(f.failures-1))
		if f.failures >= burst {
			return f.next, err
		}
	}
	return moment{}, nil
}

// kick lets those of a namespace ("" is all) try again now, and returns them.
func (a attempts) kick(namespace string) []object {
	var out []object
	for _, f := range a.failed {
		if namespace == "" || f.at.namespace == namespace {
			f.next = moment{}
			out = append(out, f.at)
		}
	}
	return out
}

func (a attempts) forget(uid types.UID) { delete(a.failed, uid) }

// unblocks returns the owners that a change may let create their pods after all: another level of a namespace, a new
// service account, a webhook or policy that is gone. A real cluster gets there too, when the next try is due; here
// nobody has to wait for it.
func (a attempts) unblocks(ch change) []object {
	switch {
	case ch.gvr == spacesGVR:
		return a.kick(ch.obj.GetName())
	case ch.gvr == accountGVR:
		return a.kick(ch.obj.GetNamespace())
	case ch.kind == watch.Deleted && (ch.gvr.Group == "admissionregistration.k8s.io" || ch.gvr.Group == "kyverno.io"):
		return a.kick("")
	}
	return nil
}
