package inspect_test

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"podsec/kube/inspect"
	"podsec/kube/sim"
)

const manyPolicy = `
apiVersion: v1
kind: Namespace
metadata: {name: many}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: owner}
spec:
  rules:
  - name: owner
    match: {any: [{resources: {kinds: [ConfigMap], namespaces: [many]}}]}
    validate: {failureAction: Audit, message: say who owns it, pattern: {metadata: {labels: {owner: "?*"}}}}
`

// TestManyObjects: more objects than the cluster is asked for at a time are judged once each, in their order.
func TestManyObjects(t *testing.T) {
	cluster, reader := start(t, sim.Baseline{Kyverno: true})
	apply(t, cluster, manyPolicy)
	config := rest.CopyConfig(cluster.Config())
	config.QPS = -1
	maps := kubernetes.NewForConfigOrDie(config).CoreV1().ConfigMaps("many")
	var want []inspect.Ref
	for i := range 620 {
		name := fmt.Sprintf("m-%03d", i)
		if _, err := maps.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		want = append(want, inspect.Ref{Kind: "ConfigMap", Namespace: "many", Name: name})
	}
	found, err := reader.Matches(t.Context(), "owner")
	if err != nil {
		t.Fatal(err)
	}
	forecast, err := reader.Predict(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var matched, predicted []inspect.Ref
	for _, m := range found.Found {
		matched = append(matched, m.Ref)
	}
	for _, p := range forecast.Predictions {
		predicted = append(predicted, p.Ref)
	}
	for what, got := range map[string][]inspect.Ref{"matches": matched, "predictions": predicted} {
		seen := 0
		for _, ref := range got {
			if ref.Name == "kube-root-ca.crt" { // every namespace has one
				continue
			}
			if seen >= len(want) || ref != want[seen] {
				t.Fatalf("%s: after %d there is %v", what, seen, ref)
			}
			seen++
		}
		if seen != len(want) {
			t.Errorf("%s: %d of %d", what, seen, len(want))
		}
	}
}
