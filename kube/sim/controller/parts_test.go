package controller

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/robfig/cron/v3"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

// TestFence checks how percentages become pods: what may be added is rounded up, what may be missing down, and never
// may both be nothing.
func TestFence(t *testing.T) {
	for _, test := range []struct {
		size                     int32
		surge, unavailable       string
		wantSurge, wantUnavailab int32
	}{
		{1, "25%", "25%", 1, 0}, {3, "25%", "25%", 1, 0}, {4, "25%", "25%", 1, 1}, {10, "25%", "25%", 3, 2},
		{10, "0", "0%", 0, 1}, {2, "0", "5", 0, 2}, {0, "25%", "25%", 0, 0},
	} {
		d := &appsv1.Deployment{Spec: appsv1.DeploymentSpec{Replicas: &test.size, Strategy: appsv1.DeploymentStrategy{
			Type: appsv1.RollingUpdateDeploymentStrategyType,
			RollingUpdate: &appsv1.RollingUpdateDeployment{
				MaxSurge: ptr.To(intstr.Parse(test.surge)), MaxUnavailable: ptr.To(intstr.Parse(test.unavailable)),
			},
		}}}
		if surge, unavailable := fence(d); surge != test.wantSurge || unavailable != test.wantUnavailab {
			t.Errorf("%d pods, %s and %s: %d and %d, want %d and %d", test.size, test.surge, test.unavailable, surge, unavailable, test.wantSurge, test.wantUnavailab)
		}
	}
}

func TestTolerates(t *testing.T) {
	taint := corev1.Taint{Key: "dedicated", Value: "gpu", Effect: corev1.TaintEffectNoSchedule}
	for name, test := range map[string]struct {
		toleration corev1.Toleration
		want       bool
	}{
		"nothing":       {corev1.Toleration{}, false},
		"everything":    {corev1.Toleration{Operator: corev1.TolerationOpExists}, true},
		"the key":       {corev1.Toleration{Key: "dedicated", Operator: corev1.TolerationOpExists}, true},
		"the value":     {corev1.Toleration{Key: "dedicated", Value: "gpu"}, true},
		"another value": {corev1.Toleration{Key: "dedicated", Value: "cpu"}, false},
		"other effects": {corev1.Toleration{Key: "dedicated", Value: "gpu", Effect: corev1.TaintEffectNoExecute}, false},
	} {
		pod := &corev1.Pod{Spec: corev1.PodSpec{Tolerations: []corev1.Toleration{test.toleration}}}
		if got := tolerates(pod, taint); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

func TestUnfit(t *testing.T) {
	affinity := func(key, value string) *corev1.Affinity {
		return &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{
			NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: key, Operator: corev1.NodeSelectorOpIn, Values: []string{value}}}}},
		}}}
	}
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n", Labels: map[string]string{"disk": "ssd"}}}
	cordoned, tainted := node.DeepCopy(), node.DeepCopy()
	cordoned.Spec.Unschedulable = true
	tainted.Spec.Taints = []corev1.Taint{{Key: "dedicated", Value: "gpu", Effect: corev1.TaintEffectNoSchedule}}
	for _, test := range []struct {
		pod  corev1.PodSpec
		node *corev1.Node
		want string
	}{
		{corev1.PodSpec{}, node, ""},
		{corev1.PodSpec{Affinity: affinity("disk", "ssd")}, node, ""},
		{corev1.PodSpec{Affinity: affinity("disk", "tape")}, node, "node(s) didn't match Pod's node affinity/selector"},
		{corev1.PodSpec{}, cordoned, "node(s) were unschedulable"},
		{corev1.PodSpec{}, tainted, "node(s) had untolerated taint(s)"},
		{corev1.PodSpec{Affinity: affinity("disk", "tape")}, tainted, "node(s) had untolerated taint(s)"},
	} {
		if got := unfit(&corev1.Pod{Spec: test.pod}, test.node); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

func TestWaitingMessage(t *testing.T) {
	for _, test := range []struct {
		refused []string
		want    string
	}{
		{nil, "no nodes available to schedule pods"},
		{[]string{"a", "b", "a"}, "0/3 nodes are available: 2 a, 1 b. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."},
	} {
		if got := waitingMessage(test.refused); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// TestLatest finds the last time of a schedule, also after a pause in which it was missed thousands of times.
func TestLatest(t *testing.T) {
	schedule, err := cron.ParseStandard("*/5 * * * *")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		passed time.Duration
		want   time.Duration // -1 is never
	}{{4 * time.Minute, -1}, {5 * time.Minute, 5 * time.Minute}, {14 * time.Minute, 10 * time.Minute}, {90 * 24 * time.Hour, 90 * 24 * time.Hour}} {
		want := time.Time{}
		if test.want >= 0 {
			want = start().Add(test.want)
		}
		if got := latest(schedule, start(), start().Add(test.passed)); !got.Equal(want) {
			t.Errorf("after %s: %s, want %s", test.passed, got, want)
		}
	}
}

func TestCronJobConcurrency(t *testing.T) {
	for policy, want := range map[batchv1.ConcurrencyPolicy]int{
		batchv1.AllowConcurrent: 3, batchv1.ForbidConcurrent: 1, batchv1.ReplaceConcurrent: 1,
	} {
		t.Run(string(policy), func(t *testing.T) {
			c := newCluster(t, newGuard("c:1")) // its pods are refused, so a job never ends
			c.apply(strings.ReplaceAll(`
apiVersion: batch/v1
kind: CronJob
metadata: {name: tick}
spec:
  schedule: "* * * * *"
  timeZone: Europe/Rome
  concurrencyPolicy: POLICY
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: "c:1"}]}}}}`, "POLICY", string(policy)))
			for range 3 {
				c.step(time.Minute)
			}
			if got := len(listed[batchv1.Job](c, jobGVR)); got != want {
				t.Errorf("%d jobs, want %d\n%s", got, want, strings.Join(c.events(), "\n"))
			}
		})
	}
}

// TestProgressDeadline: a rollout that gets nowhere says so when its time is over.
func TestProgressDeadline(t *testing.T) {
	c := newCluster(t, newGuard("nginx"))
	c.apply(strings.ReplaceAll(web, "strategy: {}", "progressDeadlineSeconds: 60"))
	c.step(2 * time.Minute)
	d := listed[appsv1.Deployment](c, deploymentGVR)[0]
	got := condition(d, appsv1.DeploymentProgressing)
	if got == nil || got.Status != corev1.ConditionFalse || got.Reason != "ProgressDeadlineExceeded" ||
		got.Message != `ReplicaSet "web-7d876db474" has timed out progressing.` {
		t.Errorf("condition %+v", got)
	}
}

// TestHashCollision: a ReplicaSet that has the wanted name but another template is left alone.
func TestHashCollision(t *testing.T) {
	c := newCluster(t)
	c.apply(strings.ReplaceAll(workload("apps/v1", "ReplicaSet", "other", "  replicas: 0"), "name: other", "name: web-7d876db474"))
	c.apply(web)
	d := listed[appsv1.Deployment](c, deploymentGVR)[0]
	if d.Status.CollisionCount == nil || *d.Status.CollisionCount != 1 || d.Status.AvailableReplicas != 3 {
		t.Errorf("status %+v", d.Status)
	}
}

// TestEventsCountUp: the same event again is one object that counts.
func TestEventsCountUp(t *testing.T) {
	c := newCluster(t)
	w := c.world()
	ref := corev1.ObjectReference{Kind: "Pod", APIVersion: "v1", Namespace: "shop", Name: "p", UID: "u"}
	for range 3 {
		w.eventf(context.Background(), ref, corev1.EventTypeNormal, "Tested", "again")
	}
	events := listed[corev1.Event](c, eventsGVR)
	if len(events) != 1 || events[0].Count != 3 || events[0].ReportingController != "tester" || events[0].Source.Component != "tester" {
		t.Errorf("events %+v", events)
	}
	w.events.forget("u")
	w.eventf(context.Background(), ref, corev1.EventTypeNormal, "Tested", "again")
	if n := len(listed[corev1.Event](c, eventsGVR)); n != 2 {
		t.Errorf("%d events: those about an object that is gone must not be counted on", n)
	}
	if diff := cmp.Diff(metav1.NamespaceDefault, namespaceOf(corev1.ObjectReference{Kind: "Node"})); diff != "" {
		t.Error(diff)
	}
}

// world returns a world to call parts of the package with, apart from the running controllers.
func (c *cluster) world() *world {
	w := &world{client: c.client, clock: c.clock, watcher: newWatcher(c.client, nil), events: newRecorder(c.clock),
		changed: func(change) {}, later: func(string, object, moment) {}}
	return w.asUser("tester", "tester", "")
}
