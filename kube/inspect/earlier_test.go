package inspect

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/document"
	"podsec/engine/why"
)

func sentPod(namespace, name, printed string) subject {
	object := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Pod"}}
	object.SetNamespace(namespace)
	object.SetName(name)
	return subject{document: &document.Document{Object: object}, made: didTo(object, "created", printed)}
}

// TestOutcomeOf reads what became of the pod web in shop, beside others of the same command.
func TestOutcomeOf(t *testing.T) {
	const refused = "Error from server: admission webhook \"validate.kyverno.svc-fail\" denied the request: \n\n" +
		"resource Pod/shop/web was blocked due to the following policies \n\nlevels:\n"
	for _, test := range []struct {
		printed string
		others  []string // "namespace/name"
		want    outcome
	}{
		{"pod/web created\n", nil, created},
		{"pod/web created\n", []string{"shop/api"}, created},
		{"pod/web created\n", []string{"other/web"}, unsaid},
		{"pod/web created\n" + refused, []string{"other/web"}, blocked},
		{refused, nil, blocked},
		{strings.ReplaceAll(refused, "shop", "other"), nil, unsaid},
		{"pod/web configured\n", nil, unsaid},
		{"The Pod \"web\" is invalid: spec.containers: Required value\n", nil, invalid},
		{"The Pod \"web-2\" is invalid: spec.containers: Required value\n", nil, unsaid},
		{"", nil, unsaid},
	} {
		sent := []subject{sentPod("shop", "web", test.printed)}
		for _, other := range test.others {
			namespace, name, _ := strings.Cut(other, "/")
			sent = append(sent, sentPod(namespace, name, test.printed))
		}
		if got := outcomeOf(sent, 0, test.printed); got != test.want {
			t.Errorf("%q beside %v: %v, want %v", test.printed, test.others, got, test.want)
		}
	}
}

func TestOutcomeAgainst(t *testing.T) {
	denied, admitted := &why.Explanation{}, &why.Explanation{Verdict: why.Verdict{Admitted: true}}
	unsigned := &why.Explanation{Images: []why.Rule{{Outcome: why.Fails}}}
	for _, test := range []struct {
		outcome outcome
		now     *why.Explanation
		want    string // a part
	}{
		{created, unsigned, "remembers for an hour"},
		{created, denied, "Those of now refuse it"},
		{created, admitted, ""},
		{blocked, admitted, "By the policies of now it is admitted"},
		{blocked, denied, ""},
		{invalid, admitted, "is not valid"},
		{invalid, denied, "is not valid"},
		{unsaid, denied, ""},
		{unsaid, admitted, ""},
	} {
		if got := test.outcome.against(test.now); (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%v against %+v: %q, want %q", test.outcome, test.now.Verdict, got, test.want)
		}
	}
}
