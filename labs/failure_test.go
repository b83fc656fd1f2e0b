package labs

import (
	"context"
	"testing"
)

// TestFailure: what has nothing to do with a step is told from what has.
func TestFailure(t *testing.T) {
	const (
		unasked = `Error from server (InternalError): error when creating "pod.yaml": Internal error occurred: failed calling webhook "validate.kyverno.svc-fail": failed to call webhook: Post "https://kyverno-svc.kyverno.svc:443/validate/fail?timeout=10s": no endpoints available for service "kyverno-svc"` + "\n"
		away    = "Error from server (ServiceUnavailable): no answer of the cluster: nothing listens where the cluster is said to be (is the cluster running?)\n"
	)
	for name, test := range map[string]struct{ output, wants, denied string }{
		"a webhook": {unasked, "the webhook validate.kyverno.svc-fail does not answer, and its failurePolicy Fail lets nothing through meanwhile; does Kyverno run?", ""},
		"credentials": {"error: You must be logged in to the server (Unauthorized)\n",
			"the cluster does not accept the credentials; they may have expired", ""},
		"no schemas": {"error: error validating \"pod.yaml\": error validating data: failed to download openapi: the server is currently unable to handle the request; if you choose to ignore these errors, turn validation off with --validate=false\n",
			"the cluster did not answer", ""},
		"no cluster":     {away, "the cluster did not answer", ""},
		"something else": {"error: the path \"pod.yaml\" does not exist\n", "the command ended with exit status 1", "it failed with exit status 1, but was not denied"},
	} {
		t.Run(name, func(t *testing.T) {
			evidence := Evidence{Answer: ParseAnswer(1, test.output)}
			if got, err := (&exitCheck{}).Judge(context.Background(), evidence); got != test.wants || err != nil {
				t.Errorf("a command that is to succeed: %q, %v", got, err)
			}
			want := test.denied
			if want == "" {
				want = test.wants
			}
			if got, err := (&deniedCheck{Policy: "p"}).Judge(context.Background(), evidence); got != want || err != nil {
				t.Errorf("a command that is to be denied: %q, %v", got, err)
			}
		})
	}
}
