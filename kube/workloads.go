package kube

import (
	"cmp"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// workloadResources are the resources behind Workloads.
func workloadResources() []schema.GroupVersionResource {
	return []schema.GroupVersionResource{deployments, replicaSets, statefuls, daemonSets, jobs, cronJobs, pods}
}

// workloads are the pods and controllers that nothing else controls. One that says nothing of itself has the failure of
// what it controls: a Deployment that of its ReplicaSet.
func (w *watcher) workloads() []Workload {
	var found []Workload
	failures := map[workloadKey]failure{}
	for _, one := range said[workload](w, workloadResources()...) {
		switch {
		case one.owner == nil:
			found = append(found, one.Workload)
		case one.failure != nil:
			failures[*one.owner] = *one.failure
		}
	}
	if len(failures) > 0 {
		for i, one := range found {
			if why, failed := failures[one.key()]; failed && one.Status == "" {
				found[i].Status, found[i].Message = why.reason, why.message
			}
		}
	}
	slices.SortFunc(found, func(a, b Workload) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return found
}

// workloadKey names a workload.
type workloadKey struct{ namespace, kind, name string }

func (w Workload) key() workloadKey { return workloadKey{w.Namespace, w.Kind, w.Name} }

// failure is why a controller cannot make its pods.
type failure struct{ reason, message string }

// failureOf is the ReplicaFailure condition of a controller.
func failureOf(u *unstructured.Unstructured) (failure, bool) {
	for _, condition := range list(u.Object, "status", "conditions") {
		if text(condition, "type") == "ReplicaFailure" && text(condition, "status") == "True" {
			return failure{text(condition, "reason"), text(condition, "message")}, true
		}
	}
	return failure{}, false
}

// workloadOf is a pod or controller as a State shows it.
func workloadOf(u *unstructured.Unstructured) Workload {
	w := Workload{
		Kind: u.GetKind(), Namespace: u.GetNamespace(), Name: u.GetName(), Created: u.GetCreationTimestamp().Time,
		Images: images(podSpec(u)),
	}
	switch w.Kind {
	case "Pod":
		w.Status, w.Ready, w.Desired = podStatus(u)
		return w
	case "DaemonSet":
		w.Ready, w.Desired = number(u.Object, "status", "numberReady"), number(u.Object, "status", "desiredNumberScheduled")
	case "Job":
		w.Ready, w.Desired = number(u.Object, "status", "succeeded"), cmp.Or(number(u.Object, "spec", "completions"), 1)
	case "CronJob":
		w.Ready, w.Desired = len(list(u.Object, "status", "active")), 0
	default:
		w.Ready, w.Desired = number(u.Object, "status", "readyReplicas"), number(u.Object, "spec", "replicas")
	}
	if why, failed := failureOf(u); failed {
		w.Status, w.Message = why.reason, why.message
	}
	return w
}

// podSpec is the pod specification of a pod or of a controller's template.
func podSpec(u *unstructured.Unstructured) map[string]any {
	path := []string{"spec", "template", "spec"}
	switch u.GetKind() {
	case "Pod":
		path = []string{"spec"}
	case "CronJob":
		path = []string{"spec", "jobTemplate", "spec", "template", "spec"}
	}
	spec, _ := field(u.Object, path...).(map[string]any)
	return spec
}

// images are those of a pod's containers of all kinds, each once.
func images(spec map[string]any) []string {
	var found []string
	for _, kind := range []string{"initContainers", "containers", "ephemeralContainers"} {
		for _, container := range list(spec, kind) {
			if image := text(container, "image"); image != "" && !slices.Contains(found, image) {
				found = append(found, image)
			}
		}
	}
	return found
}

// podStatus is what kubectl shows of a pod (STATUS and READY), for the cases that matter here: the reason of a waiting
// or ended container, the pod's own reason, or its phase.
func podStatus(u *unstructured.Unstructured) (status string, ready, desired int) {
	status = cmp.Or(text(u.Object, "status", "reason"), text(u.Object, "status", "phase"))
	statuses := list(u.Object, "status", "containerStatuses")
	for _, container := range statuses {
		if container["ready"] == true {
			ready++
		}
		waiting, ended := text(container, "state", "waiting", "reason"), text(container, "state", "terminated", "reason")
		if reason := cmp.Or(waiting, ended); reason != "" {
			status = reason
		}
	}
	if status == "Succeeded" {
		status = "Completed"
	}
	if u.GetDeletionTimestamp() != nil {
		status = "Terminating"
	}
	return status, ready, max(len(statuses), len(list(u.Object, "spec", "containers")))
}
