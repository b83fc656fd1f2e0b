package labs

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"podsec/kube"
)

const standing = `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: require-labels}
status: {conditions: [{type: Ready, status: "True"}]}`

// TestDecided: a policy with another action than wanted keeps it, and nothing but a command makes one; one that is not ready, or
// not gone, may still come to it.
func TestDecided(t *testing.T) {
	stored, err := kube.Decode([]byte(standing + "\nspec: {rules: [{name: a, validate: {failureAction: Audit}}]}"))
	if err != nil {
		t.Fatal(err)
	}
	view, _ := fakeView(stored[0])
	for text, want := range map[string]bool{
		"{name: require-labels, action: Enforce}":             true,
		"{name: require-labels, action: Audit, ready: false}": false,
		"{name: require-labels, ready: false}":                false,
		"{name: others, action: Enforce}":                     true,
		"{name: others, ready: true}":                         true,
		"{name: others, absent: true}":                        false,
		"{name: require-labels, absent: true}":                false,
	} {
		check, _ := underlying(decodeChecks(t, []byte("- policy: "+text+"\n"))[0]).(*policyCheck)
		if got := check.decided(t.Context(), view); got != want {
			t.Errorf("%s: decided %v", text, got)
		}
	}
}

// TestFinal: a request that is answered the same while its policies are in force is answered for good, and the learner does
// not wait for another answer. While something else is missing it may still change.
func TestFinal(t *testing.T) {
	policy, err := kube.Decode([]byte(standing))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		checks string
		stored []*unstructured.Unstructured
		final  bool
	}{
		"in force":     {"- policy: {name: require-labels, ready: true}\n- admits: {file: bad.yaml}\n", policy, true},
		"not in force": {"- policy: {name: require-labels, ready: true}\n- admits: {file: bad.yaml}\n", nil, false},
		"unknown":      {"- admits: {file: bad.yaml}\n", policy, false},
	} {
		t.Run(name, func(t *testing.T) {
			var objects []runtime.Object
			for _, o := range test.stored {
				objects = append(objects, o.DeepCopy())
			}
			view, client := fakeView(objects...)
			client.PrependReactor("create", "pods", func(clienttesting.Action) (bool, runtime.Object, error) {
				return true, nil, errors.New(triedDenial)
			})
			patience := time.Second // of what has to wait for it
			if test.final {
				patience = time.Minute
			}
			ctx, stop := context.WithTimeout(t.Context(), patience)
			defer stop()
			results := judgeAll(ctx, decodeChecks(t, []byte(test.checks)), Evidence{
				View: view, steady: time.Millisecond,
				Files: fstest.MapFS{"bad.yaml": {Data: []byte("{apiVersion: v1, kind: Pod, metadata: {name: bad, namespace: dev}}")}},
			})
			last := results[len(results)-1]
			if final := ctx.Err() == nil; final != test.final || last.OK || !strings.Contains(last.Missing, "it is refused") {
				t.Errorf("final: %v; %+v", final, results)
			}
		})
	}
}
