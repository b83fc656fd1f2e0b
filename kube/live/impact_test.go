package live

import (
	"context"
	"errors"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"podsec/kube/inspect"
	"podsec/kube/sim"
)

// failing cannot say what a policy affects.
type failing struct{}

func (failing) Affected(context.Context, *unstructured.Unstructured) (inspect.Affected, error) {
	return inspect.Affected{}, errors.New("no list")
}

// TestAgreement: a policy for the whole cluster is refused once, with what it would affect, unless that is nothing or the
// user agreed beforehand.
func TestAgreement(t *testing.T) {
	config := someCluster(t, sim.Baseline{Kyverno: true})
	applyTo(t, config, `
apiVersion: v1
kind: Pod
metadata: {name: teamless, namespace: theirs}
spec: {containers: [{name: c, image: nginx}]}`)
	policy := func(name, kind string) *unstructured.Unstructured {
		p := &unstructured.Unstructured{Object: value(t, policyFor(kind)).(map[string]any)}
		p.SetName(name)
		return p
	}
	careful := dynamic.NewForConfigOrDie(opened(t, config, GateOptions{ClusterWide: true}).gate.Config()).Resource(probeResource())
	_, err := careful.Create(t.Context(), policy("first", "Pod"), metav1.CreateOptions{})
	if !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "Pod theirs/teamless: denied") || !strings.Contains(err.Error(), "Send it again to agree") {
		t.Fatalf("the first time: %v", err)
	}
	if _, err := careful.Get(t.Context(), "first", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("it is there: %v", err)
	}
	if _, err := careful.Create(t.Context(), policy("first", "Pod"), metav1.CreateOptions{}); err != nil {
		t.Errorf("the second time: %v", err)
	}
	if _, err := careful.Create(t.Context(), policy("idle", "Job"), metav1.CreateOptions{}); err != nil {
		t.Errorf("it affects nothing: %v", err)
	}
	wrong := policy("wrong", "Pod")
	wrong.Object["spec"].(map[string]any)["rules"].([]any)[0].(map[string]any)["validate"].(map[string]any)["failureAction"] = "Loud"
	if _, err := careful.Create(t.Context(), wrong, metav1.CreateOptions{}); err == nil || apierrors.IsForbidden(err) {
		t.Errorf("what the cluster refuses: %v", err)
	}
	blind := opened(t, config, GateOptions{ClusterWide: true})
	blind.gate.assess = failing{}
	for range 2 {
		_, err := dynamic.NewForConfigOrDie(blind.gate.Config()).Resource(probeResource()).Create(t.Context(), policy("unseen", "Pod"), metav1.CreateOptions{})
		if !apierrors.IsInternalError(err) || !strings.Contains(err.Error(), "look at what unseen would affect: no list") {
			t.Errorf("what it affects is not known: %v", err)
		}
	}
	agreed := dynamic.NewForConfigOrDie(opened(t, config, GateOptions{ClusterWide: true, Agreed: true}).gate.Config()).Resource(probeResource())
	if _, err := agreed.Create(t.Context(), policy("second", "Pod"), metav1.CreateOptions{}); err != nil {
		t.Errorf("agreed beforehand: %v", err)
	}
}
