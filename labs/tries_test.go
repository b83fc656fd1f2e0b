package labs

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/kube"
)

const triedDenial = `admission webhook "validate.kyverno.svc-fail" denied the request: 

resource Pod/dev/bad was blocked due to the following policies 

require-labels:
  check-team: 'validation error: label team is required. rule check-team failed at path /metadata/labels/'
`

// TestTries: what checks had refused is not among what the learner sees refused, and nothing of the learner's is missing.
func TestTries(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	blocked := func(object string, after time.Duration, count int) kube.Event {
		return kube.Event{
			Time: noon.Add(after), Object: "clusterpolicy/require-labels", Blocked: true, Count: count,
			Message: object + ": [check-team] fail (blocked); validation error: label team is required.",
		}
	}
	passed := blocked("Pod dev/bad", 0, 1)
	passed.Blocked = false
	for name, test := range map[string]struct {
		tried        []time.Duration
		events, want []kube.Event
	}{
		"nothing tried":           {nil, []kube.Event{blocked("Pod dev/bad", 0, 1)}, []kube.Event{blocked("Pod dev/bad", 0, 1)}},
		"only tried":              {[]time.Duration{0, time.Second}, []kube.Event{blocked("Pod dev/bad", time.Second, 1), blocked("Pod dev/bad", 0, 1)}, []kube.Event{}},
		"the learner's too":       {[]time.Duration{5 * time.Second}, []kube.Event{blocked("Pod dev/bad", 5*time.Second, 1), blocked("Pod dev/bad", 0, 1)}, []kube.Event{blocked("Pod dev/bad", 0, 1)}},
		"counted as one":          {[]time.Duration{0, time.Second}, []kube.Event{blocked("Pod dev/bad", time.Second, 3)}, []kube.Event{blocked("Pod dev/bad", time.Second, 1)}},
		"another object":          {[]time.Duration{0}, []kube.Event{blocked("Pod dev/worse", 0, 1)}, []kube.Event{blocked("Pod dev/worse", 0, 1)}},
		"not blocked":             {[]time.Duration{0}, []kube.Event{passed}, []kube.Event{passed}},
		"the event is long gone":  {[]time.Duration{0}, []kube.Event{blocked("Pod dev/bad", time.Hour, 1)}, []kube.Event{blocked("Pod dev/bad", time.Hour, 1)}},
		"the event has yet to be": {[]time.Duration{0}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			tries, object := &Tries{}, &unstructured.Unstructured{Object: map[string]any{"kind": "Pod"}}
			object.SetNamespace("dev")
			object.SetName("bad")
			for _, at := range test.tried {
				tries.note(object, errors.New(triedDenial), noon.Add(at))
				tries.note(object, nil, noon.Add(at))
				tries.note(object, errors.New("no answer"), noon.Add(at))
			}
			before := append([]kube.Event(nil), test.events...)
			if diff := cmp.Diff(test.want, tries.Without(test.events)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, test.events); diff != "" {
				t.Errorf("the events were changed (-want +got):\n%s", diff)
			}
		})
	}
	var none *Tries
	none.note(&unstructured.Unstructured{}, errors.New(triedDenial), noon) // noted nowhere
}
