package controller

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// workload makes a manifest of a kind with a pod template.
func workload(apiVersion, kind, name, spec string) string {
	return fmt.Sprintf(`
apiVersion: %s
kind: %s
metadata: {name: %s}
spec:
  selector: {matchLabels: {app: %s}}
  template:
    metadata: {labels: {app: %s}}
    spec: {containers: [{name: c, image: "c:1"}]}
%s`, apiVersion, kind, name, name, name, spec)
}

// names returns the names of objects.
func names[T any, P typed[T]](objects []*T) []string {
	var out []string
	for _, obj := range objects {
		out = append(out, P(obj).GetName())
	}
	return out
}

func TestJob(t *testing.T) {
	c := newCluster(t)
	c.apply(`
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  completions: 3
  parallelism: 2
  template: {spec: {restartPolicy: Never, containers: [{name: c, image: "c:1"}]}}`)
	c.expect(jobGVR, "once | Complete | 3/3 | 0s | 0s")
	for _, line := range strings.Split(c.table(podsGVR), "\n") {
		if !strings.Contains(line, "| 0/1 | Completed | 0 |") {
			t.Errorf("pod %s", line)
		}
	}
	events := c.events()
	if last := events[len(events)-1]; last != "Normal Completed job/once Job completed" {
		t.Errorf("last event: %s", last)
	}
	job := listed[batchv1.Job](c, jobGVR)[0]
	if job.Status.Succeeded != 3 || job.Status.Active != 0 || job.Status.CompletionTime == nil {
		t.Errorf("status %+v", job.Status)
	}
}

func TestJobExpires(t *testing.T) {
	c := newCluster(t)
	c.apply(`
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  ttlSecondsAfterFinished: 60
  template: {spec: {restartPolicy: Never, containers: [{name: c, image: "c:1"}]}}`)
	c.step(59 * time.Second)
	if n := len(listed[batchv1.Job](c, jobGVR)); n != 1 {
		t.Fatalf("%d jobs before its time is over", n)
	}
	c.step(2 * time.Second)
	if n := len(listed[batchv1.Job](c, jobGVR)) + len(listed[corev1.Pod](c, podsGVR)); n != 0 {
		t.Errorf("%d objects are left", n)
	}
}

func TestSuspendedJob(t *testing.T) {
	c := newCluster(t)
	job := `
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  suspend: %v
  template: {spec: {restartPolicy: Never, containers: [{name: c, image: "c:1"}]}}`
	c.apply(fmt.Sprintf(job, true))
	c.expect(jobGVR, "once | Suspended | 0/1 |  | 0s")
}

func TestCronJob(t *testing.T) {
	c := newCluster(t)
	c.apply(`
apiVersion: batch/v1
kind: CronJob
metadata: {name: tick}
spec:
  schedule: "*/5 * * * *"
  successfulJobsHistoryLimit: 1
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: "c:1"}]}}}}`)
	c.expect(cronJobGVR, "tick | */5 * * * * | <none> | False | 0 | <none> | 0s")
	c.step(5 * time.Minute)
	c.expect(cronJobGVR, "tick | */5 * * * * | <none> | False | 0 | 0s | 5m")
	first := fmt.Sprintf("tick-%d", start().Add(5*time.Minute).Unix()/60)
	if got := names(listed[batchv1.Job](c, jobGVR)); !slices.Equal(got, []string{first}) {
		t.Errorf("jobs %v, want %s", got, first)
	}
	c.step(5 * time.Minute)
	c.step(time.Minute)
	if got := names(listed[batchv1.Job](c, jobGVR)); len(got) != 1 || got[0] == first {
		t.Errorf("jobs %v, want the second one only", got)
	}
	var about []string
	for _, e := range c.events() {
		if strings.Contains(e, "cronjob/tick") {
			about = append(about, strings.Fields(e)[1])
		}
	}
	want := []string{"SuccessfulCreate", "SawCompletedJob", "SuccessfulCreate", "SawCompletedJob", "SuccessfulDelete"}
	if diff := cmp.Diff(want, about); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestDaemonSet(t *testing.T) {
	c := newCluster(t)
	c.apply(workload("apps/v1", "DaemonSet", "agent", ""))
	c.expect(daemonSetGVR, "agent | 2 | 2 | 2 | 2 | 2 | <none> | 0s")
	var nodes []string
	for _, pod := range listed[corev1.Pod](c, podsGVR) {
		nodes = append(nodes, pod.Spec.NodeName)
	}
	slices.Sort(nodes)
	if !slices.Equal(nodes, []string{"node-1", "node-2"}) {
		t.Errorf("pods on %v", nodes)
	}
	c.apply("apiVersion: v1\nkind: Node\nmetadata: {name: node-3}")
	c.expect(daemonSetGVR, "agent | 3 | 3 | 3 | 3 | 3 | <none> | 0s")
	before := names(listed[corev1.Pod](c, podsGVR))
	c.apply(strings.ReplaceAll(workload("apps/v1", "DaemonSet", "agent", ""), "c:1", "c:2"))
	c.expect(daemonSetGVR, "agent | 3 | 3 | 3 | 3 | 3 | <none> | 0s")
	for _, pod := range listed[corev1.Pod](c, podsGVR) {
		if slices.Contains(before, pod.Name) || pod.Spec.Containers[0].Image != "c:2" {
			t.Errorf("pod %s still has image %s", pod.Name, pod.Spec.Containers[0].Image)
		}
	}
}

func TestStatefulSet(t *testing.T) {
	c := newCluster(t)
	manifest := workload("apps/v1", "StatefulSet", "db", `
  serviceName: db
  replicas: 3
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}`)
	c.apply(manifest)
	c.expect(statefulSetGVR, "db | 3/3 | 0s")
	c.expect(podsGVR, "db-0 | 1/1 | Running | 0 | 0s", "db-1 | 1/1 | Running | 0 | 0s", "db-2 | 1/1 | Running | 0 | 0s")
	if got := names(listed[corev1.PersistentVolumeClaim](c, claimGVR)); !slices.Equal(got, []string{"data-db-0", "data-db-1", "data-db-2"}) {
		t.Errorf("claims %v", got)
	}
	if e := c.events()[0]; e != "Normal SuccessfulCreate statefulset/db Create Pod db-0 in StatefulSet db successful" {
		t.Errorf("first event: %s", e)
	}
	c.apply(strings.ReplaceAll(manifest, "c:1", "c:2"))
	for _, pod := range listed[corev1.Pod](c, podsGVR) {
		if pod.Spec.Containers[0].Image != "c:2" {
			t.Errorf("pod %s has image %s", pod.Name, pod.Spec.Containers[0].Image)
		}
	}
	c.apply(strings.ReplaceAll(manifest, "replicas: 3", "replicas: 1"))
	c.expect(statefulSetGVR, "db | 1/1 | 0s")
}

func TestReplicationController(t *testing.T) {
	c := newCluster(t)
	c.apply(`
apiVersion: v1
kind: ReplicationController
metadata: {name: rc}
spec:
  replicas: 2
  template:
    metadata: {labels: {app: rc}}
    spec: {containers: [{name: c, image: "c:1"}]}`)
	c.expect(rcGVR, "rc | 2 | 2 | 2 | 0s")
}

// TestReplicaSetClaims: a pod that loses its labels is let go and replaced; one that has them and no owner is taken in.
func TestReplicaSetClaims(t *testing.T) {
	c := newCluster(t)
	c.apply("apiVersion: v1\nkind: Pod\nmetadata: {name: stray, labels: {app: rs}}\nspec: {containers: [{name: c, image: \"c:1\"}]}")
	c.apply(workload("apps/v1", "ReplicaSet", "rs", "  replicas: 2"))
	pods := listed[corev1.Pod](c, podsGVR)
	if len(pods) != 2 || metav1.GetControllerOf(pods[1]) == nil {
		t.Fatalf("pods %v: the stray one should be one of two", names(pods))
	}
	stray := pods[1].DeepCopy()
	stray.Labels = map[string]string{"app": "other"}
	u, err := encode("Pod", "v1", stray)
	if err != nil {
		t.Fatal(err)
	}
	c.put(u)
	c.settle()
	for _, pod := range listed[corev1.Pod](c, podsGVR) {
		if owned := metav1.GetControllerOf(pod) != nil; owned == (pod.Name == "stray") {
			t.Errorf("pod %s is owned: %v", pod.Name, owned)
		}
	}
	c.expect(replicaSetGVR, "rs | 2 | 2 | 2 | 0s")
}
