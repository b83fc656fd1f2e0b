package controller

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

const web = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  strategy: {}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: nginx, image: "nginx:1.27", resources: {}}]
`

// expect compares what kubectl get prints of a resource.
func (c *cluster) expect(gvr resource, want ...string) {
	c.t.Helper()
	if diff := cmp.Diff(strings.Join(want, "\n"), c.table(gvr)); diff != "" {
		c.t.Errorf("%s (-want +got):\n%s", gvr.Resource, diff)
	}
}

// conditionTexts prints conditions as "Type=Status Reason: Message".
func conditionTexts(d *appsv1.Deployment) []string {
	var out []string
	for _, c := range d.Status.Conditions {
		out = append(out, string(c.Type)+"="+string(c.Status)+" "+c.Reason+": "+c.Message)
	}
	return out
}

// TestDeploymentBecomesPods follows one Deployment to its pods. The hash is the one a real cluster gives this template:
// it depends on every default.
func TestDeploymentBecomesPods(t *testing.T) {
	c := newCluster(t)
	c.apply(web)
	c.expect(deploymentGVR, "web | 3/3 | 3 | 3 | 0s")
	c.expect(replicaSetGVR, "web-7d876db474 | 3 | 3 | 3 | 0s")
	pods := listed[corev1.Pod](c, podsGVR)
	if len(pods) != 3 {
		t.Fatalf("%d pods, want 3", len(pods))
	}
	for _, pod := range pods {
		if pod.Status.Phase != corev1.PodRunning || pod.Status.PodIP == "" || pod.Spec.NodeName == "" {
			t.Errorf("pod %s: %s on %q with address %q", pod.Name, pod.Status.Phase, pod.Spec.NodeName, pod.Status.PodIP)
		}
	}
	d := listed[appsv1.Deployment](c, deploymentGVR)[0]
	if d.Generation != 1 || d.Status.ObservedGeneration != 1 || d.Annotations[revisionAnnotation] != "1" {
		t.Errorf("generation %d, observed %d, revision %s; want 1", d.Generation, d.Status.ObservedGeneration, d.Annotations[revisionAnnotation])
	}
	want := []string{
		"Available=True MinimumReplicasAvailable: Deployment has minimum availability.",
		`Progressing=True NewReplicaSetAvailable: ReplicaSet "web-7d876db474" has successfully progressed.`,
	}
	if diff := cmp.Diff(want, conditionTexts(d)); diff != "" {
		t.Errorf("conditions (-want +got):\n%s", diff)
	}
	events := c.events()
	if len(events) != 7 || events[0] != "Normal ScalingReplicaSet deployment/web Scaled up replica set web-7d876db474 from 0 to 3" ||
		!strings.HasPrefix(events[1], "Normal SuccessfulCreate replicaset/web-7d876db474 Created pod: web-7d876db474-") ||
		!strings.HasPrefix(events[4], "Normal Scheduled pod/web-7d876db474-") {
		t.Errorf("events:\n%s", strings.Join(events, "\n"))
	}
}

// TestRollout changes the template, goes back, and scales: revisions count up, ReplicaSets are reused.
func TestRollout(t *testing.T) {
	c := newCluster(t)
	c.apply(web)
	c.apply(strings.ReplaceAll(web, "1.27", "1.28"))
	d := listed[appsv1.Deployment](c, deploymentGVR)[0]
	if d.Annotations[revisionAnnotation] != "2" || d.Status.UpdatedReplicas != 3 || d.Status.Replicas != 3 {
		t.Errorf("after the change: revision %s, status %+v", d.Annotations[revisionAnnotation], d.Status)
	}
	c.apply(web)
	c.expect(deploymentGVR, "web | 3/3 | 3 | 3 | 0s")
	for _, rs := range listed[appsv1.ReplicaSet](c, replicaSetGVR) {
		want, size := "2", int32(0)
		if rs.Name == "web-7d876db474" {
			want, size = "3", 3
		}
		if rs.Annotations[revisionAnnotation] != want || *rs.Spec.Replicas != size {
			t.Errorf("%s: revision %s with %d pods, want %s with %d", rs.Name, rs.Annotations[revisionAnnotation], *rs.Spec.Replicas, want, size)
		}
	}
	c.apply(strings.ReplaceAll(web, "replicas: 3", "replicas: 1"))
	c.expect(deploymentGVR, "web | 1/1 | 1 | 1 | 0s")
	c.apply(strings.ReplaceAll(web, "strategy: {}", "paused: true"))
	c.apply(strings.ReplaceAll(strings.ReplaceAll(web, "strategy: {}", "paused: true"), "1.27", "1.29"))
	if n := len(listed[appsv1.ReplicaSet](c, replicaSetGVR)); n != 2 {
		t.Errorf("%d replica sets, want 2: a paused deployment rolls nothing out", n)
	}
}

func TestRecreate(t *testing.T) {
	c := newCluster(t)
	recreate := strings.ReplaceAll(web, "strategy: {}", "strategy: {type: Recreate}")
	c.apply(recreate)
	c.apply(strings.ReplaceAll(recreate, "1.27", "1.28"))
	c.expect(deploymentGVR, "web | 3/3 | 3 | 3 | 0s")
	down, up := -1, -1
	for i, e := range c.events() {
		if strings.Contains(e, "Scaled down replica set web-7d876db474 from 3 to 0") {
			down = i
		}
		if strings.Contains(e, "from 0 to 3") {
			up = i
		}
	}
	if down < 0 || up < down {
		t.Errorf("old pods must go before new ones come:\n%s", strings.Join(c.events(), "\n"))
	}
}

// TestHistoryLimit keeps no more old ReplicaSets than the Deployment wants.
func TestHistoryLimit(t *testing.T) {
	c := newCluster(t)
	limited := strings.ReplaceAll(web, "strategy: {}", "revisionHistoryLimit: 1")
	for _, version := range []string{"1.27", "1.28", "1.29", "1.30"} {
		c.apply(strings.ReplaceAll(limited, "1.27", version))
	}
	if n := len(listed[appsv1.ReplicaSet](c, replicaSetGVR)); n != 2 {
		t.Errorf("%d replica sets, want the present one and one before it", n)
	}
}

// TestDeniedPods is what a learner sees of a Deployment whose pods admission refuses: nine events and their sum, and
// the reason in the conditions; and that the pods come once a policy allows them.
func TestDeniedPods(t *testing.T) {
	g := newGuard("nginx:1.27")
	c := newCluster(t, g)
	c.apply(web)
	c.expect(deploymentGVR, "web | 0/3 | 0 | 0 | 0s")
	c.expect(replicaSetGVR, "web-7d876db474 | 3 | 0 | 0 | 0s")
	single, combined := 0, 0
	for _, e := range c.events() {
		if strings.Contains(e, "FailedCreate replicaset/web-7d876db474 Error creating: pods") {
			single++
		}
		if strings.Contains(e, "(combined from similar events): Error creating: pods") {
			combined++
		}
	}
	if single != 9 || combined != 1 {
		t.Errorf("%d events and %d combined, want 9 and 1:\n%s", single, combined, strings.Join(c.events(), "\n"))
	}
	d := listed[appsv1.Deployment](c, deploymentGVR)[0]
	conditions := conditionTexts(d)
	if len(conditions) != 3 || conditions[0] != `Progressing=True NewReplicaSetCreated: Created new replica set "web-7d876db474"` ||
		conditions[1] != "Available=False MinimumReplicasUnavailable: Deployment does not have minimum availability." ||
		!strings.HasPrefix(conditions[2], "ReplicaFailure=True FailedCreate: pods \"web-7d876db474-") {
		t.Errorf("conditions:\n%s", strings.Join(conditions, "\n"))
	}
	if st := d.Status; st.UnavailableReplicas != 3 || *st.TerminatingReplicas != 0 || st.ObservedGeneration != 1 {
		t.Errorf("status %+v", st)
	}

	allowed := "nothing"
	g.word.Store(&allowed)
	c.apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {changed: \"yes\"}}")
	c.expect(deploymentGVR, "web | 3/3 | 3 | 3 | 0s")
	if got := conditionTexts(listed[appsv1.Deployment](c, deploymentGVR)[0]); len(got) != 2 {
		t.Errorf("the failure stays: %v", got)
	}
}

// TestDeniedUpdate: the old pods go on when new ones are refused.
func TestDeniedUpdate(t *testing.T) {
	c := newCluster(t, newGuard("nginx:1.28"))
	one := strings.ReplaceAll(web, "replicas: 3", "replicas: 1")
	c.apply(one)
	c.apply(strings.ReplaceAll(one, "1.27", "1.28"))
	c.expect(deploymentGVR, "web | 1/1 | 0 | 1 | 0s")
	c.apply(strings.ReplaceAll(strings.ReplaceAll(one, "1.27", "1.28"), "replicas: 1", "replicas: 2"))
	c.expect(deploymentGVR, "web | 1/2 | 0 | 1 | 0s")
	c.expect(replicaSetGVR, "web-697578869 | 2 | 0 | 0 | 0s", "web-7d876db474 | 1 | 1 | 1 | 0s")
}

// TestRetriesWaitForTheClock: after the first tries nothing happens until the clock moves.
func TestRetriesWaitForTheClock(t *testing.T) {
	g := newGuard("nginx")
	c := newCluster(t, g)
	c.apply(web)
	allowed := "nothing"
	g.word.Store(&allowed)
	c.settle()
	c.expect(deploymentGVR, "web | 0/3 | 0 | 0 | 0s")
	c.step(delay(burst))
	c.expect(deploymentGVR, "web | 3/3 | 3 | 3 | 5s")
}
