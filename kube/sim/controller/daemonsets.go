package controller

import (
	"context"
	"errors"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/watch"
)

var daemonSetGVR = appsv1.SchemeGroupVersion.WithResource("daemonsets")

// daemonSets keeps one pod on every node that the template may run on.
type daemonSets struct {
	*world
	attempts
}

func newDaemonSets(w *world) *daemonSets { return &daemonSets{world: w, attempts: newAttempts()} }

func (d *daemonSets) observe(ch change) []object {
	switch {
	case ch.gvr == daemonSetGVR && ch.kind == watch.Deleted:
		d.attempts.forget(ch.obj.GetUID())
		d.events.forget(ch.obj.GetUID())
		return nil
	case ch.gvr == daemonSetGVR:
		return []object{{namespace: ch.obj.GetNamespace(), name: ch.obj.GetName()}}
	case ch.gvr == podsGVR:
		return ownerOf(ch, "apps/v1", "DaemonSet")
	case ch.gvr == nodesGVR:
		return []object{{}} // every DaemonSet may be wanted there
	}
	return d.unblocks(ch)
}

func (d *daemonSets) reconcile(ctx context.Context, at object) error {
	if at.name == "" {
		sets, err := list[appsv1.DaemonSet](ctx, d.world, daemonSetGVR, "", nil)
		for _, ds := range sets {
			err = errors.Join(err, d.reconcile(ctx, object{namespace: ds.Namespace, name: ds.Name}))
		}
		return err
	}
	ds, err := get[appsv1.DaemonSet](ctx, d.world, daemonSetGVR, at.namespace, at.name)
	if err != nil || ds == nil || ds.DeletionTimestamp != nil {
		return err
	}
	hash, err := d.ensureRevision(ctx, daemonSetGVR, ds, &ds.Spec.Template)
	if err != nil {
		return err
	}
	if err := d.manage(ctx, at, ds, hash); err != nil {
		return err
	}
	return d.report(ctx, ds, hash)
}

// nodes returns the names of the nodes that a DaemonSet's pods belong on. Its pods tolerate what keeps others away
// from a node for its condition.
func (d *daemonSets) nodes(ctx context.Context, ds *appsv1.DaemonSet) ([]string, error) {
	all, err := list[corev1.Node](ctx, d.world, nodesGVR, "", nil)
	if err != nil {
		return nil, err
	}
	probe := &corev1.Pod{Spec: *ds.Spec.Template.Spec.DeepCopy()}
	probe.Spec.Tolerations = append(probe.Spec.Tolerations, daemonTolerations(ds.Spec.Template.Spec.HostNetwork)...)
	var out []string
	for _, node := range all {
		if unfit(probe, node) == "" {
			out = append(out, node.Name)
		}
	}
	return out, nil
}

func daemonTolerations(hostNetwork bool) []corev1.Toleration {
	exists := func(key string, effect corev1.TaintEffect) corev1.Toleration {
		return corev1.Toleration{Key: key, Operator: corev1.TolerationOpExists, Effect: effect}
	}
	out := []corev1.Toleration{
		exists(corev1.TaintNodeNotReady, corev1.TaintEffectNoExecute), exists(corev1.TaintNodeUnreachable, corev1.TaintEffectNoExecute),
		exists(corev1.TaintNodeDiskPressure, corev1.TaintEffectNoSchedule), exists(corev1.TaintNodeMemoryPressure, corev1.TaintEffectNoSchedule),
		exists(corev1.TaintNodePIDPressure, corev1.TaintEffectNoSchedule), exists(corev1.TaintNodeUnschedulable, corev1.TaintEffectNoSchedule),
	}
	if hostNetwork {
		out = append(out, exists(corev1.TaintNodeNetworkUnavailable, corev1.TaintEffectNoSchedule))
	}
	return out
}

// manage creates the pods that nodes lack, and deletes surplus and outdated ones, of the latter as many at once as may
// be unavailable.
func (d *daemonSets) manage(ctx context.Context, at object, ds *appsv1.DaemonSet, hash string) error {
	names, err := d.nodes(ctx, ds)
	if err != nil {
		return err
	}
	pods, err := owned(ctx, d.world, ds)
	if err != nil {
		return err
	}
	on := map[string][]*corev1.Pod{}
	for _, pod := range pods {
		on[target(pod)] = append(on[target(pod)], pod)
	}
	var missing []string
	for _, name := range names {
		if len(on[name]) == 0 {
			missing = append(missing, name)
		}
	}
	if err := d.createOn(ctx, at, ds, hash, missing); err != nil {
		return err
	}
	return d.deleteWrong(ctx, ds, hash, names, on, len(missing))
}

func (d *daemonSets) createOn(ctx context.Context, at object, ds *appsv1.DaemonSet, hash string, missing []string) error {
	now := d.clock.Now()
	if may, _ := d.may(ds, now); len(missing) == 0 || !may {
		return nil
	}
	next := 0
	when, err := d.try(ds, at, now, len(missing), func() error {
		err := d.createPod(ctx, daemonSetGVR, ds, d.pod(ds, hash, missing[next]))
		if err == nil {
			next++
		}
		return err
	})
	if err != nil {
		d.later(d.component, at, when) // the failure is in an event; the try after it is planned
	}
	return nil
}

// pod makes the pod for one node: an affinity names the node, and the scheduler binds it.
func (d *daemonSets) pod(ds *appsv1.DaemonSet, hash, node string) *corev1.Pod {
	pod := fromTemplate(d.world, daemonSetGVR, ds, &ds.Spec.Template)
	labels := map[string]string{
		appsv1.DefaultDaemonSetUniqueLabelKey: hash, "pod-template-generation": ds.Annotations[appsv1.DeprecatedTemplateGeneration],
	}
	for key, value := range pod.Labels {
		labels[key] = value
	}
	pod.Labels = labels
	pod.Spec.Tolerations = append(pod.Spec.Tolerations, daemonTolerations(pod.Spec.HostNetwork)...)
	if pod.Spec.Affinity == nil {
		pod.Spec.Affinity = &corev1.Affinity{}
	}
	if pod.Spec.Affinity.NodeAffinity == nil {
		pod.Spec.Affinity.NodeAffinity = &corev1.NodeAffinity{}
	}
	pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution = &corev1.NodeSelector{
		NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchFields: []corev1.NodeSelectorRequirement{{
			Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: []string{node},
		}}}},
	}
	return pod
}

// target is the node that a DaemonSet's pod is for.
func target(pod *corev1.Pod) string {
	if pod.Spec.NodeName != "" {
		return pod.Spec.NodeName
	}
	a := pod.Spec.Affinity
	if a != nil && a.NodeAffinity != nil && a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution != nil {
		for _, term := range a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms {
			for _, r := range term.MatchFields {
				return r.Values[0]
			}
		}
	}
	return ""
}

func (d *daemonSets) deleteWrong(ctx context.Context, ds *appsv1.DaemonSet, hash string, names []string, on map[string][]*corev1.Pod, missing int) error {
	wanted := map[string]bool{}
	for _, name := range names {
		wanted[name] = true
	}
	budget := 1 - missing // the default of maxUnavailable; what is missing already counts
	if u := ds.Spec.UpdateStrategy.RollingUpdate; u != nil && u.MaxUnavailable != nil {
		budget = scaledUp(u.MaxUnavailable, len(names)) - missing
	}
	for _, name := range sortedNames(on) {
		for i, pod := range on[name] {
			outdated := pod.Labels[appsv1.DefaultDaemonSetUniqueLabelKey] != hash && ds.Spec.UpdateStrategy.Type == appsv1.RollingUpdateDaemonSetStrategyType
			switch {
			case pod.DeletionTimestamp != nil:
				budget--
				continue
			case !wanted[name] || i > 0 || pod.Status.Phase == corev1.PodFailed:
			case outdated && budget > 0:
				budget--
			default:
				continue
			}
			if err := d.deletePod(ctx, daemonSetGVR, ds, pod); err != nil {
				return err
			}
		}
	}
	return nil
}

// report writes the status if it changed.
func (d *daemonSets) report(ctx context.Context, ds *appsv1.DaemonSet, hash string) error {
	names, err := d.nodes(ctx, ds)
	if err != nil {
		return err
	}
	pods, err := owned(ctx, d.world, ds)
	if err != nil {
		return err
	}
	st := appsv1.DaemonSetStatus{
		DesiredNumberScheduled: int32(len(names)), ObservedGeneration: ds.Generation, CollisionCount: ds.Status.CollisionCount,
	}
	for _, pod := range pods {
		if !active(pod) {
			continue
		}
		st.CurrentNumberScheduled++
		if _, ok := ready(pod); ok {
			st.NumberReady++
		}
		if available(pod, ds.Spec.MinReadySeconds, d.clock.Now()) {
			st.NumberAvailable++
		}
		if pod.Labels[appsv1.DefaultDaemonSetUniqueLabelKey] == hash {
			st.UpdatedNumberScheduled++
		}
	}
	st.NumberUnavailable = max(st.DesiredNumberScheduled-st.NumberAvailable, 0)
	if equal(st, ds.Status) {
		return nil
	}
	ds.Status = st
	return d.save(ctx, daemonSetGVR, ds, "status")
}
