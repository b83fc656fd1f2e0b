package controller

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/utils/ptr"
)

var (
	statefulSetGVR = appsv1.SchemeGroupVersion.WithResource("statefulsets")
	claimGVR       = coreV1.WithResource("persistentvolumeclaims")
)

// statefulSets keeps numbered pods, created and updated one after the other unless the set says Parallel.
type statefulSets struct{ *world }

func (s *statefulSets) observe(ch change) []object {
	switch {
	case ch.gvr == statefulSetGVR && ch.kind == watch.Deleted:
		s.events.forget(ch.obj.GetUID())
	case ch.gvr == statefulSetGVR:
		return []object{{namespace: ch.obj.GetNamespace(), name: ch.obj.GetName()}}
	case ch.gvr == podsGVR:
		return ownerOf(ch, "apps/v1", "StatefulSet")
	}
	return nil
}

func (s *statefulSets) reconcile(ctx context.Context, at object) error {
	set, err := get[appsv1.StatefulSet](ctx, s.world, statefulSetGVR, at.namespace, at.name)
	if err != nil || set == nil || set.DeletionTimestamp != nil {
		return err
	}
	hash, err := s.ensureRevision(ctx, statefulSetGVR, set, &set.Spec.Template)
	if err != nil {
		return err
	}
	revision := set.Name + "-" + hash
	pods, err := owned(ctx, s.world, set)
	if err != nil {
		return err
	}
	failure := s.manage(ctx, set, pods, revision)
	if pods, err = owned(ctx, s.world, set); err != nil {
		return err
	}
	if err := s.report(ctx, set, pods, revision); err != nil {
		return err
	}
	return failure
}

// ordinal is the number in a pod's name, -1 when it has none.
func ordinal(set *appsv1.StatefulSet, pod *corev1.Pod) int {
	n, err := strconv.Atoi(strings.TrimPrefix(pod.Name, set.Name+"-"))
	if err != nil {
		return -1
	}
	return n
}

func (s *statefulSets) manage(ctx context.Context, set *appsv1.StatefulSet, pods []*corev1.Pod, revision string) error {
	wanted := int(ptr.Deref(set.Spec.Replicas, 1))
	ordered := set.Spec.PodManagementPolicy != appsv1.ParallelPodManagement
	have := map[int]*corev1.Pod{}
	for _, pod := range pods {
		have[ordinal(set, pod)] = pod
	}
	for n := range wanted {
		pod := have[n]
		if pod == nil {
			if err := s.createNumbered(ctx, set, n, revision); err != nil {
				return err
			}
		}
		if _, ok := readyOrNil(pod); ordered && !ok {
			return nil // the next one waits for this one
		}
	}
	for n := len(pods) + wanted; n >= wanted; n-- { // from the highest number down
		if pod := have[n]; pod != nil {
			if pod.DeletionTimestamp == nil {
				if err := s.deleteNumbered(ctx, set, pod); err != nil {
					return err
				}
			}
			if ordered {
				return nil
			}
		}
	}
	return s.replaceOutdated(ctx, set, have, revision)
}

func readyOrNil(pod *corev1.Pod) (metav1.Time, bool) {
	if pod == nil || pod.DeletionTimestamp != nil {
		return metav1.Time{}, false
	}
	return ready(pod)
}

// replaceOutdated deletes the highest pod that has an earlier template; it comes back with the present one.
func (s *statefulSets) replaceOutdated(ctx context.Context, set *appsv1.StatefulSet, have map[int]*corev1.Pod, revision string) error {
	if set.Spec.UpdateStrategy.Type != appsv1.RollingUpdateStatefulSetStrategyType {
		return nil
	}
	first := 0
	if u := set.Spec.UpdateStrategy.RollingUpdate; u != nil {
		first = int(ptr.Deref(u.Partition, 0))
	}
	for n := int(ptr.Deref(set.Spec.Replicas, 1)) - 1; n >= first; n-- {
		pod := have[n]
		if pod == nil || pod.DeletionTimestamp != nil {
			return nil
		}
		if pod.Labels[appsv1.StatefulSetRevisionLabel] != revision {
			return s.deleteNumbered(ctx, set, pod)
		}
	}
	return nil
}

func (s *statefulSets) createNumbered(ctx context.Context, set *appsv1.StatefulSet, n int, revision string) error {
	pod := fromTemplate(s.world, statefulSetGVR, set, &set.Spec.Template)
	pod.GenerateName, pod.Name = "", fmt.Sprintf("%s-%d", set.Name, n)
	labels := map[string]string{
		appsv1.StatefulSetPodNameLabel: pod.Name, appsv1.PodIndexLabel: strconv.Itoa(n), appsv1.StatefulSetRevisionLabel: revision,
	}
	for key, value := range pod.Labels {
		labels[key] = value
	}
	pod.Labels = labels
	pod.Spec.Hostname, pod.Spec.Subdomain = pod.Name, set.Spec.ServiceName
	ref := s.about(statefulSetGVR, set)
	err := s.claims(ctx, set, pod)
	if err == nil {
		_, err = create(ctx, s.world, podsGVR, pod)
	}
	if err != nil {
		s.eventf(ctx, ref, corev1.EventTypeWarning, "FailedCreate", "create Pod %s in StatefulSet %s failed error: %v", pod.Name, set.Name, err)
		return err
	}
	s.eventf(ctx, ref, corev1.EventTypeNormal, "SuccessfulCreate", "Create Pod %s in StatefulSet %s successful", pod.Name, set.Name)
	return nil
}

// claims creates the pod's volume claims from the set's templates and mounts them. They outlive the pod.
func (s *statefulSets) claims(ctx context.Context, set *appsv1.StatefulSet, pod *corev1.Pod) error {
	for _, template := range set.Spec.VolumeClaimTemplates {
		claim := template.DeepCopy()
		claim.Name, claim.Namespace = template.Name+"-"+pod.Name, set.Namespace
		claim.Status = corev1.PersistentVolumeClaimStatus{}
		if set.Spec.Selector != nil {
			claim.Labels = set.Spec.Selector.MatchLabels
		}
		if _, err := create(ctx, s.world, claimGVR, claim); err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
		pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: template.Name, VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim.Name},
		}})
	}
	return nil
}

func (s *statefulSets) deleteNumbered(ctx context.Context, set *appsv1.StatefulSet, pod *corev1.Pod) error {
	ref := s.about(statefulSetGVR, set)
	if err := s.remove(ctx, podsGVR, pod, metav1.DeleteOptions{}); err != nil {
		s.eventf(ctx, ref, corev1.EventTypeWarning, "FailedDelete", "delete Pod %s in StatefulSet %s failed error: %v", pod.Name, set.Name, err)
		return err
	}
	s.eventf(ctx, ref, corev1.EventTypeNormal, "SuccessfulDelete", "Delete Pod %s in StatefulSet %s successful", pod.Name, set.Name)
	return nil
}

// report writes the status if it changed.
func (s *statefulSets) report(ctx context.Context, set *appsv1.StatefulSet, pods []*corev1.Pod, revision string) error {
	st := appsv1.StatefulSetStatus{
		ObservedGeneration: set.Generation, UpdateRevision: revision, CurrentRevision: set.Status.CurrentRevision,
		CollisionCount: ptr.To(ptr.Deref(set.Status.CollisionCount, 0)),
	}
	if st.CurrentRevision == "" {
		st.CurrentRevision = revision
	}
	for _, pod := range pods {
		st.Replicas++
		if _, ok := readyOrNil(pod); ok {
			st.ReadyReplicas++
		}
		if pod.DeletionTimestamp == nil && available(pod, set.Spec.MinReadySeconds, s.clock.Now()) {
			st.AvailableReplicas++
		}
		if pod.Labels[appsv1.StatefulSetRevisionLabel] == revision {
			st.UpdatedReplicas++
		}
		if pod.Labels[appsv1.StatefulSetRevisionLabel] == st.CurrentRevision {
			st.CurrentReplicas++
		}
	}
	if wanted := ptr.Deref(set.Spec.Replicas, 1); st.UpdatedReplicas == wanted && st.Replicas == wanted && st.ReadyReplicas == wanted {
		st.CurrentRevision, st.CurrentReplicas = revision, st.UpdatedReplicas
	}
	if equal(st, set.Status) {
		return nil
	}
	set.Status = st
	return s.save(ctx, statefulSetGVR, set, "status")
}
