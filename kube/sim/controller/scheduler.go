package controller

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/watch"
)

// scheduler gives pods to nodes: to the one that has the fewest, of those that the pod tolerates and selects.
type scheduler struct {
	*world
	pods  *placement
	nodes decoded[corev1.Node]
}

// newScheduler returns a scheduler that keeps pods, which is empty, up to date.
func newScheduler(w *world, pods *placement) *scheduler {
	return &scheduler{world: w, pods: pods, nodes: decoded[corev1.Node]{}}
}

func (s *scheduler) observe(ch change) []object {
	s.pods.note(ch)
	if ch.kind == watch.Deleted {
		delete(s.nodes, ch.obj.GetUID())
		return nil
	}
	switch ch.gvr {
	case podsGVR:
		if nodeOf(ch.obj) == "" {
			return []object{{namespace: ch.obj.GetNamespace(), name: ch.obj.GetName()}}
		}
	case nodesGVR:
		return []object{{}} // any waiting pod may fit now
	}
	return nil
}

// waits says that a pod is for this scheduler to place.
func waits(pod *corev1.Pod) bool {
	return pod.Spec.NodeName == "" && pod.DeletionTimestamp == nil && len(pod.Spec.SchedulingGates) == 0 &&
		pod.Spec.SchedulerName == corev1.DefaultSchedulerName && pod.Status.Phase == corev1.PodPending
}

func (s *scheduler) reconcile(ctx context.Context, at object) error {
	if at.name == "" {
		return s.retryAll(ctx)
	}
	stored, err := s.client.Get(ctx, podsGVR, at.namespace, at.name)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil || nodeOf(stored) != "" {
		return err
	}
	pod, err := decodePlaced(stored)
	if err != nil || !waits(pod) {
		return err
	}
	node, refused, err := s.choose(ctx, pod)
	if err != nil {
		return err
	}
	if node == "" {
		return s.unschedulable(ctx, stored, pod, refused)
	}
	if err := s.bind(ctx, stored, node); err != nil {
		return err
	}
	return s.announce(ctx, s.about(podsGVR, pod), corev1.EventTypeNormal, "Scheduled", "Binding",
		fmt.Sprintf("Successfully assigned %s/%s to %s", pod.Namespace, pod.Name, node))
}

// decodePlaced decodes of a pod what decides where it goes: what it consists of takes most of the time.
func decodePlaced(stored *unstructured.Unstructured) (*corev1.Pod, error) {
	return decode[corev1.Pod](lacking(stored, "spec", "containers", "initContainers", "ephemeralContainers", "volumes"))
}

// bind gives a pod to a node.
func (s *scheduler) bind(ctx context.Context, stored *unstructured.Unstructured, node string) error {
	spec, _ := stored.Object["spec"].(map[string]any)
	spec = maps.Clone(spec)
	spec["nodeName"] = node
	_, err := s.writeBy(ctx, s.vouched, podsGVR, with(stored, "spec", spec), "binding")
	return err
}

// retryAll looks again at the pods that have no node. To decode all pods for that would take long in a large cluster.
func (s *scheduler) retryAll(ctx context.Context) error {
	heads, err := s.client.Heads(ctx, podsGVR, "")
	if err != nil {
		return err
	}
	for _, head := range heads {
		if known, ok := s.pods.pods[head.UID]; ok && known.node != "" {
			continue
		}
		if err := s.reconcile(ctx, object{namespace: head.Namespace, name: head.Name}); err != nil {
			return err
		}
	}
	return nil
}

// choose returns the node for a pod, or why each node does not do.
func (s *scheduler) choose(ctx context.Context, pod *corev1.Pod) (string, []string, error) {
	nodes, err := s.client.List(ctx, nodesGVR, "", nil)
	if err != nil {
		return "", nil, err
	}
	load := s.pods.nodes
	best, refused := "", []string(nil)
	for _, stored := range nodes {
		node, err := s.nodes.read(stored)
		if err != nil {
			return "", nil, err
		}
		if why := unfit(pod, node); why != "" {
			refused = append(refused, why)
		} else if best == "" || load[node.Name] < load[best] {
			best = node.Name
		}
	}
	return best, refused, nil
}

// unfit says in the scheduler's words why a node cannot take a pod, or nothing.
func unfit(pod *corev1.Pod, node *corev1.Node) string {
	switch {
	case node.Spec.Unschedulable && !tolerates(pod, corev1.Taint{Key: corev1.TaintNodeUnschedulable, Effect: corev1.TaintEffectNoSchedule}):
		return "node(s) were unschedulable"
	case !toleratesAll(pod, node.Spec.Taints):
		return "node(s) had untolerated taint(s)"
	case !selects(pod, node):
		return "node(s) didn't match Pod's node affinity/selector"
	}
	return ""
}

func toleratesAll(pod *corev1.Pod, taints []corev1.Taint) bool {
	return !slices.ContainsFunc(taints, func(taint corev1.Taint) bool {
		return taint.Effect != corev1.TaintEffectPreferNoSchedule && !tolerates(pod, taint)
	})
}

func tolerates(pod *corev1.Pod, taint corev1.Taint) bool {
	for _, t := range pod.Spec.Tolerations {
		effect := t.Effect == "" || t.Effect == taint.Effect
		value := t.Operator == corev1.TolerationOpExists || t.Value == taint.Value
		if effect && value && (t.Key == taint.Key || t.Key == "" && t.Operator == corev1.TolerationOpExists) {
			return true
		}
	}
	return false
}

// selects checks the node selector, and of the affinity the required names and labels.
func selects(pod *corev1.Pod, node *corev1.Node) bool {
	if !labels.SelectorFromSet(pod.Spec.NodeSelector).Matches(labels.Set(node.Labels)) {
		return false
	}
	a := pod.Spec.Affinity
	if a == nil || a.NodeAffinity == nil || a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return true
	}
	for _, term := range a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms {
		if termMatches(term.MatchExpressions, node.Labels) && termMatches(term.MatchFields, map[string]string{"metadata.name": node.Name}) {
			return true
		}
	}
	return false
}

func termMatches(requirements []corev1.NodeSelectorRequirement, values map[string]string) bool {
	for _, r := range requirements {
		selector, err := metav1.LabelSelectorAsSelector(&metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{
			Key: r.Key, Operator: metav1.LabelSelectorOperator(r.Operator), Values: r.Values,
		}}})
		if err != nil || !selector.Matches(labels.Set(values)) {
			return false
		}
	}
	return true
}

// unschedulable says on the pod and in an event why it has to wait.
func (s *scheduler) unschedulable(ctx context.Context, stored *unstructured.Unstructured, pod *corev1.Pod, refused []string) error {
	message := waitingMessage(refused)
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Message == message {
			return nil
		}
	}
	pod.Status.Conditions = []corev1.PodCondition{{
		Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable,
		Message: message, LastTransitionTime: s.now(), ObservedGeneration: pod.Generation,
	}}
	written, err := s.writeStatus(ctx, podsGVR, stored, &pod.Status)
	if err != nil {
		return err
	}
	return s.announce(ctx, s.about(podsGVR, written), corev1.EventTypeWarning, "FailedScheduling", "Scheduling", message)
}

func waitingMessage(refused []string) string {
	if len(refused) == 0 {
		return "no nodes available to schedule pods"
	}
	count := map[string]int{}
	var order []string
	for _, why := range refused {
		if count[why] == 0 {
			order = append(order, why)
		}
		count[why]++
	}
	for i, why := range order {
		order[i] = fmt.Sprintf("%d %s", count[why], why)
	}
	n := len(refused)
	return fmt.Sprintf("0/%d nodes are available: %s. no new claims to deallocate, preemption: 0/%d nodes are available: %d Preemption is not helpful for scheduling.",
		n, strings.Join(order, ", "), n, n)
}
