package policies_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestMutationOfSubresources lets a policy about everything see the Eviction of a Pod, which no stored object is like.
func TestMutationOfSubresources(t *testing.T) {
	for name, test := range map[string]struct {
		mutation string
		code     int
	}{
		"an apply configuration": {`{patchType: ApplyConfiguration, applyConfiguration: {expression: "Object{metadata: Object.metadata{labels: {'seen': 'yes'}}}"}}`, http.StatusCreated},
		"a patch":                {`{patchType: JSONPatch, jsonPatch: {expression: "[JSONPatch{op: 'add', path: '/metadata/labels', value: {'seen': 'yes'}}]"}}`, http.StatusCreated},
		"a wrong patch":          {`{patchType: JSONPatch, jsonPatch: {expression: "[JSONPatch{op: 'remove', path: '/metadata/labels'}]"}}`, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t)
			c.apply("{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop}, spec: {containers: [{name: p, image: 'nginx:1'}]}}")
			c.apply(strings.Replace(mutation("m", "reinvocationPolicy: Never\n  mutations: ["+test.mutation+"]"), "resources: [pods]", `resources: ["*/*"]`, 1))
			request := httptest.NewRequest(http.MethodPost, "/api/v1/namespaces/shop/pods/p/eviction",
				strings.NewReader(`{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"p","namespace":"shop"}}`))
			request.Header.Set("Content-Type", "application/json")
			answer := httptest.NewRecorder()
			c.server.ServeHTTP(answer, request)
			if answer.Code != test.code {
				t.Errorf("the answer is %d %s", answer.Code, answer.Body)
			}
		})
	}
}
