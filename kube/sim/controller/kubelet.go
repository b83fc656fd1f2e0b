package controller

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/utils/ptr"
)

// kubelet stands for the nodes. Nothing runs: a pod that was given to a node is at once what a pod is whose containers
// started, a Job's pod also ended well, and a deleted pod is gone.
type kubelet struct {
	*world
	pods  *placement
	nodes decoded[corev1.Node]
}

// newKubelet returns a kubelet; pods is the scheduler's, which sees each change first.
func newKubelet(w *world, pods *placement) *kubelet {
	return &kubelet{world: w, pods: pods, nodes: decoded[corev1.Node]{}}
}

func (k *kubelet) observe(ch change) []object {
	if ch.kind == watch.Deleted {
		if ch.gvr == podsGVR {
			k.events.forget(ch.obj.GetUID())
		}
		delete(k.nodes, ch.obj.GetUID())
		return nil
	}
	if ch.gvr != podsGVR || nodeOf(ch.obj) == "" {
		return nil
	}
	return []object{{namespace: ch.obj.GetNamespace(), name: ch.obj.GetName()}}
}

// nodeOf returns the node that a pod was given to, without decoding all of the pod.
func nodeOf(pod *unstructured.Unstructured) string {
	node, _, _ := unstructured.NestedString(pod.Object, "spec", "nodeName") // absent is empty
	return node
}

// unsettled says that a running pod's status does not fit its spec any more: an image changed, an ephemeral container
// was added, or it belongs to a Job and has not ended yet.
func unsettled(pod *corev1.Pod) bool {
	if pod.Status.Phase != corev1.PodRunning {
		return false
	}
	if ends(pod) || len(pod.Spec.EphemeralContainers) != len(pod.Status.EphemeralContainerStatuses) {
		return true
	}
	for i, c := range pod.Spec.Containers {
		if i < len(pod.Status.ContainerStatuses) && pod.Status.ContainerStatuses[i].Image != c.Image {
			return true
		}
	}
	return false
}

// ends says that a pod's containers do their work and stop.
func ends(pod *corev1.Pod) bool {
	owner := metav1.GetControllerOf(pod)
	return owner != nil && owner.Kind == "Job"
}

func (k *kubelet) reconcile(ctx context.Context, at object) error {
	stored, err := k.client.Get(ctx, podsGVR, at.namespace, at.name)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil || nodeOf(stored) == "" {
		return err
	}
	pod, err := decode[corev1.Pod](stored)
	if err != nil {
		return err
	}
	switch {
	case pod.DeletionTimestamp != nil:
		return k.remove(ctx, podsGVR, pod, metav1.DeleteOptions{GracePeriodSeconds: ptr.To[int64](0)})
	case pod.Status.Phase == corev1.PodPending:
		return k.run(ctx, stored, pod)
	case unsettled(pod) && ends(pod):
		return k.end(ctx, stored, pod)
	case unsettled(pod):
		return k.refresh(ctx, stored, pod)
	}
	return nil
}

// run makes a pod what it is when all its containers have started.
func (k *kubelet) run(ctx context.Context, stored *unstructured.Unstructured, pod *corev1.Pod) error {
	host, err := k.client.Get(ctx, nodesGVR, "", pod.Spec.NodeName)
	if apierrors.IsNotFound(err) {
		return nil // a node that does not exist runs nothing
	}
	if err != nil {
		return err
	}
	node, err := k.nodes.read(host)
	if err != nil {
		return err
	}
	ip := k.address(pod, node)
	now := k.now()
	st := &pod.Status
	st.Phase, st.StartTime = corev1.PodRunning, &now
	st.HostIP, st.PodIP = hostIP(node), ip
	st.HostIPs, st.PodIPs = []corev1.HostIP{{IP: st.HostIP}}, []corev1.PodIP{{IP: ip}}
	st.ObservedGeneration = pod.Generation
	st.Conditions = conditions(now, corev1.ConditionTrue)
	st.InitContainerStatuses = initStatuses(pod, now)
	st.ContainerStatuses = runningStatuses(pod, now)
	_, err = k.writeStatus(ctx, podsGVR, stored, st)
	return err
}

// refresh brings the status up to date after a change of images, or with new ephemeral containers. No container is
// there to be started again, so the count of restarts stays.
func (k *kubelet) refresh(ctx context.Context, stored *unstructured.Unstructured, pod *corev1.Pod) error {
	for i, c := range pod.Spec.Containers {
		if i < len(pod.Status.ContainerStatuses) {
			pod.Status.ContainerStatuses[i].Image = c.Image
		}
	}
	for _, c := range pod.Spec.EphemeralContainers[len(pod.Status.EphemeralContainerStatuses):] {
		pod.Status.EphemeralContainerStatuses = append(pod.Status.EphemeralContainerStatuses, corev1.ContainerStatus{
			Name: c.Name, Image: c.Image, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: k.now()}},
		})
	}
	_, err := k.writeStatus(ctx, podsGVR, stored, &pod.Status)
	return err
}

// end makes a pod one whose containers all ended well.
func (k *kubelet) end(ctx context.Context, stored *unstructured.Unstructured, pod *corev1.Pod) error {
	now := k.now()
	pod.Status.Phase = corev1.PodSucceeded
	pod.Status.Conditions = conditions(now, corev1.ConditionFalse)
	for i := range pod.Status.ContainerStatuses {
		c := &pod.Status.ContainerStatuses[i]
		c.Ready, c.Started = false, ptr.To(false)
		c.State = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			Reason: "Completed", StartedAt: *pod.Status.StartTime, FinishedAt: now,
		}}
	}
	_, err := k.writeStatus(ctx, podsGVR, stored, &pod.Status)
	return err
}

// conditions are those of a pod on a node; ready is whether its containers serve.
func conditions(now metav1.Time, ready corev1.ConditionStatus) []corev1.PodCondition {
	var out []corev1.PodCondition
	for _, kind := range []corev1.PodConditionType{corev1.PodInitialized, corev1.PodReady, corev1.ContainersReady, corev1.PodScheduled} {
		c := corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: now}
		if kind == corev1.PodReady || kind == corev1.ContainersReady {
			c.Status = ready
			if ready == corev1.ConditionFalse {
				c.Reason = "PodCompleted"
			}
		}
		out = append(out, c)
	}
	return out
}

func initStatuses(pod *corev1.Pod, now metav1.Time) []corev1.ContainerStatus {
	var out []corev1.ContainerStatus
	for _, c := range pod.Spec.InitContainers {
		st := corev1.ContainerStatus{Name: c.Name, Image: c.Image, Ready: true, Started: ptr.To(false)}
		st.State.Terminated = &corev1.ContainerStateTerminated{Reason: "Completed", StartedAt: now, FinishedAt: now}
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			st.Started = ptr.To(true)
			st.State = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}}
		}
		out = append(out, st)
	}
	return out
}

func runningStatuses(pod *corev1.Pod, now metav1.Time) []corev1.ContainerStatus {
	var out []corev1.ContainerStatus
	for _, c := range pod.Spec.Containers {
		out = append(out, corev1.ContainerStatus{
			Name: c.Name, Image: c.Image, Ready: true, Started: ptr.To(true),
			State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}},
		})
	}
	return out
}

func hostIP(node *corev1.Node) string {
	for _, a := range node.Status.Addresses {
		if a.Type == corev1.NodeInternalIP {
			return a.Address
		}
	}
	return ""
}

// address returns the first pod address that no other pod has; a pod in the host's network has the node's.
func (k *kubelet) address(pod *corev1.Pod, node *corev1.Node) string {
	if pod.Spec.HostNetwork {
		return hostIP(node)
	}
	return k.pods.address(hostIP(node)).String()
}
