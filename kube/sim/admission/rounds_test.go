package admission

import (
	"context"
	"testing"

	"podsec/kube/sim/api"
)

// TestWebhooksInTheSecondRound says who is called when a policy asked for a second round of mutation.
func TestWebhooksInTheSecondRound(t *testing.T) {
	for name, test := range map[string]struct {
		extra   string
		changed bool // by others, after the webhooks of the first round
		want    int
	}{
		"never":                           {extra: podRule + "  reinvocationPolicy: Never\n", changed: true, want: 1},
		"not said":                        {extra: podRule, changed: true, want: 1},
		"if needed":                       {extra: podRule + "  reinvocationPolicy: IfNeeded\n", changed: true, want: 2},
		"if needed, and nothing happened": {extra: podRule + "  reinvocationPolicy: IfNeeded\n", want: 1},
	} {
		t.Run(name, func(t *testing.T) {
			service := &services{review: api.Review{Allowed: true}}
			c := newCluster(t, map[string]string{"mutatingwebhookconfigurations//test": config("MutatingWebhookConfiguration", "webhook", test.extra)})
			webhooks, a := NewWebhooks(c, service), request(t, api.Create, pod("default", plain))
			a.Rounds.SetShouldReinvoke()
			if err := webhooks.Mutate(context.Background(), a); err != nil {
				t.Fatal(err)
			}
			a.Rounds.SetIsReinvoke()
			if test.changed {
				a.Object = a.Object.DeepCopy()
				a.Object.SetLabels(map[string]string{"changed": "yes"})
			}
			if err := webhooks.Mutate(context.Background(), a); err != nil {
				t.Fatal(err)
			}
			if got := len(service.asked); got != test.want {
				t.Errorf("called %d times, want %d", got, test.want)
			}
		})
	}
}
