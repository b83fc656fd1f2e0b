package proof

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"podsec/kube"
	"podsec/labs"
	"podsec/labs/venue"
)

// TestTriesAreNotTheLearners: what a step's checks have the cluster refuse is in its events, and not among the blocked requests
// that the learner is shown.
func TestTriesAreNotTheLearners(t *testing.T) {
	cluster, list := start(t)
	lab, err := labs.Find(list, "08-policy-reports")
	if err != nil {
		t.Fatal(err)
	}
	tries := &labs.Tries{}
	session, err := labs.Open(t.Context(), lab, cluster, venue.Shell(cluster), labs.Wait(time.Minute), labs.NoteTries(tries))
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close() //nolint:errcheck // its folder is temporary
	at := slices.IndexFunc(lab.Steps, func(s labs.Step) bool { return s.ID == "mirror" })
	if err := session.Enter(t.Context(), at, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Try(t.Context(), at, io.Discard); err != nil {
		t.Fatal(err)
	}
	tried := func(e kube.Event) bool {
		return e.Blocked && strings.HasPrefix(e.Message, "Deployment shop/newcomer: ")
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	for state := range kube.Watch(ctx, cluster.Config()) {
		if !slices.ContainsFunc(state.Events, tried) {
			continue
		}
		if left := tries.Without(state.Events); slices.ContainsFunc(left, tried) {
			t.Errorf("the learner is shown what was tried: %+v", left)
		}
		return
	}
	t.Error("there is no event about what was tried")
}
