package admission

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"podsec/kube/sim/api"
)

// byPath is a service that answers each path in its own way, and remembers what it was asked.
type byPath struct {
	answers map[string]func(*api.Attributes) (api.Review, error)
	asked   []string
}

func (s *byPath) Lookup(string, string) (api.Service, bool) { return s, true }

func (s *byPath) Review(_ context.Context, path string, a *api.Attributes) (api.Review, error) {
	s.asked = append(s.asked, path)
	return s.answers[path](a)
}

func allow(*api.Attributes) (api.Review, error) { return api.Review{Allowed: true}, nil }
func refuse(*api.Attributes) (api.Review, error) {
	return api.Review{Message: "no", Warnings: []string{"refused"}}, nil
}
func fail(*api.Attributes) (api.Review, error) { return api.Review{}, errors.New("connection refused") }

// label adds a webhook's letter to what the webhooks before it have left.
func label(letter string) func(*api.Attributes) (api.Review, error) {
	return func(a *api.Attributes) (api.Review, error) {
		next := a.Object.DeepCopy()
		next.SetLabels(map[string]string{"seen": a.Object.GetLabels()["seen"] + letter})
		return api.Review{Allowed: true, Object: next, Warnings: []string{"by " + letter}}, nil
	}
}

// several makes one configuration with a webhook for each path; a path that ends in "?" may be ignored.
func several(kind string, paths ...string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "apiVersion: admissionregistration.k8s.io/v1\nkind: %s\nmetadata: {name: test}\nwebhooks:\n", kind)
	for _, path := range paths {
		name, ignored := strings.CutSuffix(path, "?")
		policy := "Fail"
		if ignored {
			policy = "Ignore"
		}
		fmt.Fprintf(&text, "- name: %s.example.com\n  clientConfig: {service: {namespace: policy, name: s, path: /%s}}\n  failurePolicy: %s\n%s", name, name, policy, podRule)
	}
	return text.String()
}

// TestSeveralWebhooks: mutating ones work one after another and stop at the first that refuses; validating ones are all
// asked, and the first refusal counts; a failure that may be ignored is as if the webhook were not there.
func TestSeveralWebhooks(t *testing.T) {
	answers := map[string]func(*api.Attributes) (api.Review, error){"/a": label("a"), "/b": label("b"), "/ok": allow, "/no": refuse, "/down": fail}
	for name, test := range map[string]struct {
		kind, resource string
		paths          []string
		asked          []string
		labels         string
		warnings       []string
		want           string
	}{
		"each sees what the former left": {kind: "Mutating", paths: []string{"a", "b", "a"}, asked: []string{"/a", "/b", "/a"}, labels: "aba", warnings: []string{"by a", "by b"}},
		"the first refusal ends it":      {kind: "Mutating", paths: []string{"a", "no", "b"}, asked: []string{"/a", "/no"}, labels: "a", warnings: []string{"by a", "refused"}, want: `admission webhook "no.example.com" denied the request: no`},
		"a failure ends it":              {kind: "Mutating", paths: []string{"down", "b"}, asked: []string{"/down"}, want: `Internal error occurred: failed calling webhook "down.example.com": failed to call webhook: Post "https://s.policy.svc:443/down?timeout=10s": connection refused`},
		"an ignored failure does not":    {kind: "Mutating", paths: []string{"down?", "b"}, asked: []string{"/down", "/b"}, labels: "b", warnings: []string{"by b"}},
		"a refusal is never ignored":     {kind: "Mutating", paths: []string{"no?"}, asked: []string{"/no"}, warnings: []string{"refused"}, want: `admission webhook "no.example.com" denied the request: no`},
		"all are asked":                  {kind: "Validating", paths: []string{"ok", "no", "down", "ok"}, asked: []string{"/ok", "/no", "/down", "/ok"}, warnings: []string{"refused"}, want: `admission webhook "no.example.com" denied the request: no`},
	} {
		t.Run(name, func(t *testing.T) {
			service := &byPath{answers: answers}
			kind := test.kind + "WebhookConfiguration"
			c := newCluster(t, map[string]string{strings.ToLower(kind) + "s//test": several(kind, test.paths...)})
			w := NewWebhooks(c, service)
			a := request(t, api.Create, pod("default", plain))
			step := w.Mutate
			if test.kind == "Validating" {
				step = w.Validate
			}
			if got := message(step(context.Background(), a)); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if diff := cmp.Diff(test.asked, service.asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
			if got := a.Object.GetLabels()["seen"]; got != test.labels {
				t.Errorf("labels of %q, want %q", got, test.labels)
			}
			if diff := cmp.Diff(test.warnings, a.Warnings); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestChangedConfigurationCounts: a webhook that is configured anew is called as it is configured now.
func TestChangedConfigurationCounts(t *testing.T) {
	const key = "validatingwebhookconfigurations//test"
	service := &byPath{answers: map[string]func(*api.Attributes) (api.Review, error){"/ok": allow, "/no": refuse}}
	c := newCluster(t, map[string]string{key: several("ValidatingWebhookConfiguration", "no")})
	w := NewWebhooks(c, service)
	ask := func() error { return w.Validate(context.Background(), request(t, api.Create, pod("default", plain))) }
	if ask() == nil {
		t.Error("the first configuration refuses")
	}
	c[key] = parse(t, several("ValidatingWebhookConfiguration", "ok"))
	if err := ask(); err != nil {
		t.Errorf("after the change: %v", err)
	}
	delete(c, key)
	before := len(service.asked)
	if err := ask(); err != nil || len(service.asked) != before {
		t.Errorf("after the end of the configuration: %v, asked %v", err, service.asked)
	}
}
