package apiserver

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// FuzzRequest sends any request: the answer must never be a panic, and an error must be a Status or a plain 404.
func FuzzRequest(f *testing.F) {
	const pods = "/api/v1/namespaces/a/pods"
	for _, seed := range []struct{ method, path, query, contentType, body string }{
		{"POST", pods, "", "application/json", podJSON},
		{"POST", pods, "fieldValidation=Strict&dryRun=All", "application/json", `{"kind":"Pod","apiVersion":"v1","a":1,"a":2}`},
		{"POST", pods, "", "application/yaml", "kind: Pod\nmetadata: {name: p}"},
		{"POST", pods, "", "application/vnd.kubernetes.protobuf", "k8s\x00\x0a\x02"},
		{"PUT", pods + "/p", "", "application/json", `{"metadata":{"name":"p","resourceVersion":"x"}}`},
		{"PATCH", pods + "/p", "", "application/json-patch+json", `[{"op":"replace","path":"","value":null}]`},
		{"PATCH", pods + "/p", "", "application/merge-patch+json", `{"metadata":null}`},
		{"PATCH", pods + "/p", "", "application/merge-patch+json", `{"metadata":{"managedFields":[{"fieldsV1":{"x":1}}]}}`},
		{"PATCH", pods + "/p", "", "application/strategic-merge-patch+json", `{"spec":{"containers":[{"$patch":"delete"}]}}`},
		{"PATCH", pods + "/p", "fieldManager=f&force=true", "application/apply-patch+yaml", "apiVersion: v1\nkind: Pod\nmetadata: []"},
		{"PATCH", pods + "/p/status", "", "application/merge-patch+json", `{"status":[]}`},
		{"PATCH", "/apis/apps/v1/namespaces/a/deployments/d/scale", "", "application/merge-patch+json", `{"spec":{"replicas":"x"}}`},
		{"GET", pods, "limit=-1&continue=e30&resourceVersion=x&fieldSelector==", "", ""},
		{"DELETE", pods, "labelSelector=a+in+(", "application/json", `{"propagationPolicy":"x"}`},
		{"DELETE", pods + "/p", "gracePeriodSeconds=-5", "application/json", `{"gracePeriodSeconds":-5}`},
		{"POST", pods + "/p/eviction", "", "application/json", `{"deleteOptions":{"preconditions":{"uid":"x"}}}`},
		{"POST", pods + "/p/binding", "", "application/json", `{"target":{"name":"node-1"}}`},
		{"POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "", "application/json", `{"metadata":{"name":"x.y.z"},"spec":{"group":"y.z","names":{"plural":"x","kind":"X"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"a":{"$ref":"b"}}}}}]}}`},
		{"GET", "/apis//v1/", "watch=1&timeoutSeconds=1", "", ""},
		{"GET", "/openapi/v3/apis", "", "", ""},
		{"BREW", "/api/v1/namespaces/a/finalize", "", "", ""},
	} {
		f.Add(seed.method, seed.path, seed.query, seed.contentType, seed.body)
	}
	s := newTestServer(f)
	mustCreate(f, s.Client(), gvr("", "v1", "pods"), strings.ReplaceAll(webPod, "shop", "a"))
	f.Fuzz(func(t *testing.T, method, path, query, contentType, body string) {
		// A watch goes on until its client leaves, which this one does not.
		if strings.Contains(query, "watch") || strings.Contains(query, "%") {
			t.Skip()
		}
		r := &http.Request{Method: method, URL: &url.URL{Path: "/" + path, RawQuery: query}, Header: http.Header{}, Body: http.NoBody}
		r = r.WithContext(t.Context())
		r.Body = httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)).Body
		r.Header.Set("Authorization", "Bearer secret")
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code < 400 || w.Code == http.StatusNotFound {
			return
		}
		var status metav1.Status
		if err := json.Unmarshal(w.Body.Bytes(), &status); err != nil || status.Kind != "Status" || int(status.Code) != w.Code {
			t.Fatalf("%s %s?%s: %d %s", method, path, query, w.Code, w.Body)
		}
		if strings.Contains(status.Message, "panic") {
			t.Fatalf("%s %s?%s: %s", method, path, query, status.Message)
		}
	})
}
