package labs

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

func TestAsksForPods(t *testing.T) {
	for text, want := range map[string]bool{
		`{kind: Deployment, metadata: {generation: 1}, spec: {replicas: 2}}`:                                                                                      true,
		`{kind: Deployment, metadata: {generation: 1}, spec: {replicas: 2}, status: {observedGeneration: 1, replicas: 1}}`:                                        true,
		`{kind: Deployment, metadata: {generation: 2}, spec: {replicas: 2}, status: {observedGeneration: 1, replicas: 2}}`:                                        true,
		`{kind: Deployment, metadata: {generation: 1}, spec: {replicas: 2}, status: {observedGeneration: 1, replicas: 2}}`:                                        false,
		`{kind: StatefulSet, metadata: {generation: 1}, status: {observedGeneration: 1, replicas: 1}}`:                                                            false,
		`{kind: Deployment, metadata: {generation: 1}, status: {observedGeneration: 1, conditions: [{type: ReplicaFailure, status: "True"}]}}`:                    false,
		`{kind: DaemonSet, metadata: {generation: 1}, status: {observedGeneration: 1}}`:                                                                           true,
		`{kind: DaemonSet, metadata: {generation: 1}, status: {observedGeneration: 1, desiredNumberScheduled: 2, currentNumberScheduled: 1}}`:                     true,
		`{kind: DaemonSet, metadata: {generation: 1}, status: {observedGeneration: 1, desiredNumberScheduled: 2, currentNumberScheduled: 2, numberAvailable: 0}}`: false,
	} {
		o := &unstructured.Unstructured{}
		data, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := o.UnmarshalJSON(append([]byte(`{"apiVersion":"apps/v1",`), data[1:]...)); err != nil {
			t.Fatal(err)
		}
		if got := asksForPods(o); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}
