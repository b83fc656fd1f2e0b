package workshop

import (
	"errors"
	"fmt"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/kube"
	kubecli "podsec/kube/cli"
)

// TestExplain: what the learner can do about an error of a real cluster is said wherever it comes.
func TestExplain(t *testing.T) {
	unauthorized, other := fmt.Errorf("list pods: %w", apierrors.NewUnauthorized("Unauthorized")), errors.New("nothing is known of this")
	for context, hints := range map[string]bool{"eks": true, "": false} {
		p := &Places{Connection: kubecli.Connection{Context: context}}
		var hinted interface{ Hint() string }
		got := p.explain(unauthorized)
		if errors.As(got, &hinted) != hints || !apierrors.IsUnauthorized(got) {
			t.Errorf("context %q: %v", context, got)
		}
		if got := p.explain(other); got != other || p.explain(nil) != nil {
			t.Errorf("context %q: %v", context, got)
		}
	}
}

// TestExplainedStates: what a lost cluster means is said in the learner's words; what one may not see is no loss.
func TestExplainedStates(t *testing.T) {
	states := make(chan kube.State, 3)
	forbidden := apierrors.NewForbidden(schema.GroupResource{Resource: "events"}, "", errors.New("no"))
	for _, err := range []error{apierrors.NewUnauthorized("Unauthorized"), forbidden, nil} {
		states <- kube.State{Err: err}
	}
	close(states)
	explained := explainedStates(t.Context(), states)
	lost := <-explained
	var hinted interface{ Hint() string }
	if !errors.As(lost.Err, &hinted) || hinted.Hint() == "" || lost.Err.Error() != "the cluster does not accept the credentials; they may have expired" {
		t.Errorf("without credentials: %v", lost.Err)
	}
	if !apierrors.IsUnauthorized(lost.Err) {
		t.Error("what happened is forgotten")
	}
	if s := <-explained; !errors.Is(s.Err, forbidden) || s.Lost() != nil {
		t.Errorf("without permission: %v", s.Err)
	}
	if s := <-explained; s.Err != nil {
		t.Errorf("with all well: %v", s.Err)
	}
	if _, open := <-explained; open {
		t.Error("it does not end")
	}
}
