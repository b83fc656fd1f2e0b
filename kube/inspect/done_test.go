package inspect_test

import (
	"context"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"podsec/engine"
	"podsec/kube/inspect"
	"podsec/kube/sim"
)

// testExplainDone explains commands whose effect is in the cluster by now: what they made was new when they sent it, and
// what rules changed on its way in was not changed yet.
func testExplainDone(t *testing.T, cluster *sim.Cluster, reader *inspect.Cluster) {
	apply := inspect.Question{Command: "kubectl apply -f - <<EOF\napiVersion: v1\nkind: Pod\nmetadata: {name: good, namespace: shop}\n" +
		"spec: {containers: [{name: c, image: registry.example/good}]}\nEOF"}
	for printed, want := range map[string]engine.Operation{
		"pod/good created": engine.Create, "pod/good configured": engine.Update, "service/good created\npod/good configured\n": engine.Update,
	} {
		apply.Printed = printed
		answers, err := reader.Explain(t.Context(), apply)
		if err != nil || answers[0].Operation != want {
			t.Errorf("%s: %+v, %v", printed, answers, err)
		}
	}
	for printed, want := range map[string]bool{"pod/good unchanged": true, "pod/good\n": true, "pod/goods created": false, "Error from server: pod/good": false} {
		apply.Printed = printed
		if answers, err := reader.Explain(t.Context(), apply); err != nil || answers[0].Answered != want {
			t.Errorf("%s: answered is not %v: %v", printed, want, err)
		}
	}
	const role = "aggregationRule:\n  clusterRoleSelectors: []\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: view\nrules: []\n"
	for printed, want := range map[string]int{role: 1, role + role: 2, role + "---\n" + role: 2} { // as kubectl prints them
		reader.WithKubectl(func(context.Context, string, ...string) ([]byte, error) { return []byte(printed), nil })
		answers, err := reader.Explain(t.Context(), inspect.Question{Command: "kubectl label clusterrole --all seen=yes"})
		if err != nil || len(answers) != want {
			t.Errorf("%d answers about\n%s%v", len(answers), printed, err)
		}
	}
	restart(t, cluster)
	command := inspect.Question{Command: "kubectl -n shop rollout restart deployment/web", Printed: "deployment.apps/web restarted\n"}
	answers, err := reader.Explain(t.Context(), command)
	if err != nil {
		t.Fatal(err)
	}
	if after := answers[0].After.Text; !strings.Contains(after, "team: none") || strings.Contains(answers[0].Before.Text, "team: none") {
		t.Errorf("the restart was not changed on its way in: %s", after)
	}
	command.Printed = "" // it is asked what would become of it now
	if answers, err = reader.Explain(t.Context(), command); err != nil || answers[0].After.Text != "" {
		t.Errorf("what is changed already is changed again: %+v, %v", answers, err)
	}
}

// restart restarts the Deployment web, and waits for its second ReplicaSet.
func restart(t *testing.T, cluster *sim.Cluster) {
	t.Helper()
	client, err := dynamic.NewForConfig(cluster.Config())
	if err != nil {
		t.Fatal(err)
	}
	apps := schema.GroupVersion{Group: "apps", Version: "v1"}
	const patch = `{"spec":{"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"2026-03-01T12:00:00Z"}}}}}`
	if _, err := client.Resource(apps.WithResource("deployments")).Namespace("shop").
		Patch(t.Context(), "web", types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() string {
		sets, err := client.Resource(apps.WithResource("replicasets")).Namespace("shop").List(t.Context(), metav1.ListOptions{})
		if err != nil || len(sets.Items) < 2 {
			return "the Deployment has no second ReplicaSet"
		}
		return ""
	})
}
