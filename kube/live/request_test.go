package live

import (
	"net/http/httptest"
	"testing"
)

func TestParse(t *testing.T) {
	for _, test := range []struct{ method, path, want string }{
		{"GET", "/api/v1/pods", "read v1/pods"},
		{"POST", "/api/v1/namespaces/a/pods", "create v1/pods a/"},
		{"POST", "/api/v1/namespaces", "create v1/namespaces"},
		{"PUT", "/api/v1/namespaces/a", "update v1/namespaces /a"},
		{"PUT", "/api/v1/namespaces/a/finalize", "update v1/namespaces /a/finalize"},
		{"PATCH", "/api/v1/namespaces/a/status", "patch v1/namespaces /a/status"},
		{"PATCH", "/apis/apps/v1/namespaces/a/deployments/b/scale", "patch apps/v1/deployments a/b/scale"},
		{"DELETE", "/apis/kyverno.io/v1/clusterpolicies/c", "delete kyverno.io/v1/clusterpolicies /c"},
		{"DELETE", "/apis/kyverno.io/v1/clusterpolicies", "deletecollection kyverno.io/v1/clusterpolicies"},
		{"POST", "/api/v1/namespaces/a/pods/b/exec", "create v1/pods a/b/exec"},
		{"POST", "/api/v1/namespaces/a/pods?dryRun=All", "create v1/pods a/ dry"},
		{"GET", "/version", "read none"},
		{"POST", "/metrics", "create none"},
	} {
		q, ok := parse(httptest.NewRequest(test.method, test.path, nil))
		if got := describe(q, ok); got != test.want {
			t.Errorf("%s %s: %s, want %s", test.method, test.path, got, test.want)
		}
	}
}

func describe(q *request, ok bool) string {
	if !ok {
		return q.verb + " none"
	}
	text := q.verb + " "
	if q.resource.Group != "" {
		text += q.resource.Group + "/"
	}
	text += q.resource.Version + "/" + q.resource.Resource
	if q.namespace+q.name != "" {
		text += " " + q.namespace + "/" + q.name
	}
	if q.subresource != "" {
		text += "/" + q.subresource
	}
	if q.dryRun {
		text += " dry"
	}
	return text
}
