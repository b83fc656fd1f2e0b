package inspect_test

import (
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"podsec/kube/inspect"
	"podsec/kube/sim"
)

const predicted = `
apiVersion: v1
kind: Pod
metadata: {name: good, namespace: default, labels: {team: a}}
spec: {containers: [{name: c, image: "nginx:1.27"}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: bad, namespace: default}
spec:
  replicas: 1
  selector: {matchLabels: {app: bad}}
  template:
    metadata: {labels: {app: bad}}
    spec: {containers: [{name: c, image: nginx}]}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: team}
spec:
  rules:
  - name: team
    match: {any: [{resources: {kinds: [Pod], namespaces: [default]}}]}
    validate:
      failureAction: Audit
      message: say the team
      pattern: {metadata: {labels: {team: "?*"}}}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: unscanned}
spec:
  background: false
  rules:
  - name: never
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate: {failureAction: Audit, message: never, deny: {}}
`

// TestPredict: what our engine predicts is what Kyverno reports, of pods, what makes them, and by generated rules; and
// what a report says otherwise is found.
func TestPredict(t *testing.T) {
	cluster, reader := start(t, sim.Baseline{Kyverno: true})
	apply(t, cluster, predicted)
	var found inspect.Agreement
	eventually(t, func() string {
		var err error
		found, err = reader.Compare(t.Context())
		if err != nil || len(found.Differ) > 0 || found.Objects < 4 { // two pods, a Deployment, a ReplicaSet
			return fmt.Sprintf("it says %+v, %v", found, err)
		}
		return ""
	})
	if found.Predicted != found.Reported || found.Predicted < 4 {
		t.Errorf("it says %+v", found)
	}
	reports := dynamic.NewForConfigOrDie(cluster.Config()).Resource(schema.GroupVersionResource{Group: "wgpolicyk8s.io", Version: "v1alpha2", Resource: "policyreports"}).Namespace("default")
	list, err := reports.List(t.Context(), metav1.ListOptions{})
	if err != nil || len(list.Items) == 0 {
		t.Fatal(err)
	}
	lie := []byte(`{"results":[
		{"policy":"team","rule":"team","result":"warn","message":"it is told so"},{"policy":"other","rule":"x","result":"pass"},
		{"source":"KyvernoValidatingPolicy","policy":"team","rule":"x","result":"fail","message":"of another with the same name"}]}`)
	eventually(t, func() string { // a scan that is under way may write the truth over it
		if _, err := reports.Patch(t.Context(), list.Items[0].GetName(), types.MergePatchType, lie, metav1.PatchOptions{}); err != nil {
			return err.Error()
		}
		found, err := reader.Compare(t.Context())
		if err != nil || !strings.Contains(fmt.Sprint(found.Differ), `reported warn "it is told so"`) {
			return fmt.Sprintf("it says %+v, %v", found, err)
		}
		if strings.Contains(fmt.Sprint(found.Differ), "of another") {
			t.Errorf("it says %+v", found)
		}
		return ""
	})
}

// TestPredictNothing: without policies there is nothing to say.
func TestPredictNothing(t *testing.T) {
	_, reader := start(t, sim.Baseline{})
	if found, err := reader.Compare(t.Context()); err != nil || found.Objects != 0 {
		t.Errorf("it says %+v, %v", found, err)
	}
}
