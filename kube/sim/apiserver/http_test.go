package apiserver

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsec/kube/sim/api"
)

// exchange is one request and what must come back.
type exchange struct {
	name        string
	method      string
	path        string
	contentType string
	accept      string
	body        string
	token       string // "" is the right one
	wantCode    int
	wantReason  metav1.StatusReason
	wantBody    string // a part of the body
	wantWarning string // a part of the Warning headers
}

func (e exchange) run(t *testing.T, s *Server) {
	t.Helper()
	r := httptest.NewRequest(e.method, e.path, strings.NewReader(e.body))
	if e.contentType == "" {
		e.contentType = "application/json"
	}
	if e.token == "" {
		e.token = "secret"
	}
	r.Header.Set("Content-Type", e.contentType)
	r.Header.Set("Authorization", "Bearer "+e.token)
	r.Header.Set("Accept", e.accept)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	body, _ := io.ReadAll(w.Result().Body)
	if w.Code != e.wantCode {
		t.Errorf("code = %d, want %d: %s", w.Code, e.wantCode, body)
	}
	if !strings.Contains(string(body), e.wantBody) {
		t.Errorf("body lacks %q:\n%s", e.wantBody, body)
	}
	if e.wantReason != "" {
		var status metav1.Status
		if err := json.Unmarshal(body, &status); err != nil || status.Kind != "Status" || status.Reason != e.wantReason || int(status.Code) != w.Code {
			t.Errorf("not the Status %s: %s", e.wantReason, body)
		}
	}
	if warnings := strings.Join(w.Header().Values("Warning"), "\n"); !strings.Contains(warnings, e.wantWarning) || e.wantWarning == "" && warnings != "" {
		t.Errorf("warnings = %q, want %q", warnings, e.wantWarning)
	}
}

const podJSON = `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"nginx"}]}}`

func TestRequestsAreAnsweredAsAServerWould(t *testing.T) {
	const pods = "/api/v1/namespaces/a/pods"
	s := newTestServer(t) // the cases build on one another
	for _, e := range []exchange{
		{name: "no token", method: "GET", path: pods, token: "wrong", wantCode: 401, wantReason: metav1.StatusReasonUnauthorized, wantBody: "Unauthorized"},
		{name: "unknown path", method: "GET", path: "/nothing", wantCode: 404, wantBody: "404 page not found"},
		{name: "unknown resource", method: "GET", path: "/apis/kyverno.io/v1/clusterpolicies", wantCode: 404, wantBody: "404 page not found"},
		{name: "health", method: "GET", path: "/readyz", wantCode: 200, wantBody: "ok"},
		{name: "version", method: "GET", path: "/version", wantCode: 200, wantBody: `"gitVersion": "v1.36.3"`},
		{name: "missing object", method: "GET", path: pods + "/nope", wantCode: 404, wantReason: metav1.StatusReasonNotFound, wantBody: `pods \"nope\" not found`},
		{name: "no create on an object", method: "POST", path: pods + "/p", body: podJSON, wantCode: 405, wantReason: metav1.StatusReasonMethodNotAllowed},
		{name: "cut off JSON", method: "POST", path: pods, body: `{"kind":"Pod"`, wantCode: 400, wantReason: metav1.StatusReasonBadRequest},
		{name: "not an object", method: "POST", path: pods, body: `[1]`, wantCode: 400, wantReason: metav1.StatusReasonBadRequest},
		{name: "protobuf", method: "POST", path: pods, contentType: "application/vnd.kubernetes.protobuf", body: "k8s\x00junk", wantCode: 400, wantReason: metav1.StatusReasonBadRequest},
		{name: "CBOR", method: "POST", path: pods, contentType: "application/cbor", body: "x", wantCode: 415, wantReason: metav1.StatusReasonUnsupportedMediaType},
		{name: "deep nesting", method: "POST", path: pods, body: strings.Repeat(`{"a":`, 20000), wantCode: 400, wantReason: metav1.StatusReasonBadRequest},
		{name: "huge body", method: "POST", path: pods, body: strings.Repeat(" ", bodyLimit+1), wantCode: 413, wantReason: metav1.StatusReasonRequestEntityTooLarge},
		{name: "another version", method: "POST", path: pods, body: `{"kind":"Pod","apiVersion":"v2"}`, wantCode: 400, wantBody: "the API version in the data (v2) does not match the expected API version (v1)"},
		{name: "another namespace", method: "POST", path: pods, body: strings.Replace(podJSON, `"name":"p"`, `"name":"p","namespace":"b"`, 1), wantCode: 400, wantBody: "the namespace of the provided object does not match the namespace sent on the request"},
		{name: "wrong type", method: "POST", path: pods, body: `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p"},"spec":{"containers":1}}`, wantCode: 400, wantBody: `Pod in version \"v1\" cannot be handled as a Pod: json: cannot unmarshal number into Go struct field PodSpec.spec.containers`},
		{name: "strict", method: "POST", path: pods + "?fieldValidation=Strict", body: strings.Replace(podJSON, `"image"`, `"imago"`, 1), wantCode: 400, wantBody: `Pod in version \"v1\" cannot be handled as a Pod: strict decoding error: unknown field \"spec.containers[0].imago\"`},
		{name: "warned", method: "POST", path: pods + "?dryRun=All", body: strings.Replace(podJSON, `"image"`, `"imago"`, 1), wantCode: 201, wantWarning: `299 - "unknown field \"spec.containers[0].imago\""`},
		{name: "invalid", method: "POST", path: pods, body: `{"metadata":{"name":"p"}}`, wantCode: 422, wantReason: metav1.StatusReasonInvalid, wantBody: `Pod \"p\" is invalid: spec.containers: Required value`},
		{name: "bad selector", method: "GET", path: pods + "?fieldSelector=spec.image%3Da", wantCode: 400, wantBody: "field label not supported: spec.image"},
		{name: "protobuf or JSON", method: "GET", path: pods, accept: "application/vnd.kubernetes.protobuf,application/json", wantCode: 200, wantBody: `"kind":"PodList"`},
		{name: "protobuf only", method: "GET", path: pods, accept: "application/vnd.kubernetes.protobuf", wantCode: 406},
		{name: "YAML", method: "GET", path: pods, accept: "application/yaml", wantCode: 200, wantBody: "kind: PodList"},
		{name: "dry run is not stored", method: "POST", path: pods + "?dryRun=All", body: podJSON, wantCode: 201, wantBody: `"uid"`},
		{name: "created", method: "POST", path: pods, body: podJSON, wantCode: 201, wantBody: `"phase":"Pending"`},
		{name: "created twice", method: "POST", path: pods, body: podJSON, wantCode: 409, wantReason: metav1.StatusReasonAlreadyExists, wantBody: `pods \"p\" already exists`},
		{name: "table", method: "GET", path: pods, accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json", wantCode: 200, wantBody: `"cells":["p","Pending"],"object":{"apiVersion":"meta.k8s.io/v1","kind":"PartialObjectMetadata"`},
		{name: "metadata only", method: "GET", path: pods + "/p", accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io", wantCode: 200, wantBody: `"kind":"PartialObjectMetadata"`},
		{name: "merge patch", method: "PATCH", path: pods + "/p", contentType: "application/merge-patch+json", body: `{"metadata":{"labels":{"a":"b"}}}`, wantCode: 200, wantBody: `"labels":{"a":"b"}`},
		{name: "strategic patch merges by name", method: "PATCH", path: pods + "/p", contentType: "application/strategic-merge-patch+json", body: `{"spec":{"containers":[{"name":"c","image":"redis"}]}}`, wantCode: 200, wantBody: `"image":"redis"`},
		{name: "strict strategic patch", method: "PATCH", path: pods + "/p?fieldValidation=Strict", contentType: "application/strategic-merge-patch+json", body: `{"spec":{"foo":"bar"}}`, wantCode: 422, wantBody: `patch: Invalid value: \"map[spec:map[foo:bar]]\": strict decoding error: unknown field \"spec.foo\"`},
		{name: "JSON patch", method: "PATCH", path: pods + "/p", contentType: "application/json-patch+json", body: `[{"op":"remove","path":"/metadata/labels/a"}]`, wantCode: 200},
		{name: "JSON patch of nothing", method: "PATCH", path: pods + "/p", contentType: "application/json-patch+json", body: `[{"op":"remove","path":"/metadata/labels/zz"}]`, wantCode: 422},
		{name: "unknown patch", method: "PATCH", path: pods + "/p", contentType: "text/plain", body: `{}`, wantCode: 415},
		{name: "evict", method: "POST", path: pods + "/p/eviction", body: `{"kind":"Eviction","apiVersion":"policy/v1","metadata":{"name":"p"}}`, wantCode: 201, wantBody: "Success"},
		{name: "gone", method: "GET", path: pods + "/p", wantCode: 404},
		{name: "review", method: "POST", path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body: `{"spec":{"resourceAttributes":{"verb":"get","resource":"pods"}}}`, wantCode: 201, wantBody: `"allowed":true`},
	} {
		t.Run(e.name, func(t *testing.T) { e.run(t, s) })
	}
}

func TestScaleChangesReplicasOnly(t *testing.T) {
	s := newTestServer(t)
	const web = "/apis/apps/v1/namespaces/a/deployments"
	for _, e := range []exchange{
		{method: "POST", path: web, body: `{"metadata":{"name":"web"},"spec":{"replicas":1,"selector":{"matchLabels":{"app":"web"}},"template":{}}}`, wantCode: 201},
		{method: "GET", path: web + "/web/scale", wantCode: 200, wantBody: `"status":{"replicas":0,"selector":"app=web"}`},
		{method: "PATCH", path: web + "/web/scale", contentType: "application/merge-patch+json", body: `{"spec":{"replicas":3}}`, wantCode: 200, wantBody: `"spec":{"replicas":3}`},
		{method: "GET", path: web + "/web", wantCode: 200, wantBody: `"generation":2`},
		{method: "PATCH", path: web + "/web/scale", contentType: "application/merge-patch+json", body: `{"spec":{"replicas":-1}}`, wantCode: 422, wantBody: "must be greater than or equal to 0"},
	} {
		e.run(t, s)
	}
}

func TestPagesAreOfOneMoment(t *testing.T) {
	s := newTestServer(t)
	c := s.Client()
	cms := gvr("", "v1", "configmaps")
	for _, name := range []string{"a", "b", "c"} {
		mustCreate(t, c, cms, "{apiVersion: v1, kind: ConfigMap, metadata: {namespace: x, name: "+name+"}}")
	}
	first := listNames(t, s, "/api/v1/configmaps?limit=2")
	if err := c.Delete(context.Background(), cms, "x", "c", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	second := listNames(t, s, "/api/v1/configmaps?limit=2&continue="+first.Continue)
	if diff := cmp.Diff([]string{"a", "b", "c"}, append(first.names, second.names...)); diff != "" {
		t.Error(diff)
	}
	if first.RemainingItemCount == nil || *first.RemainingItemCount != 1 || second.Continue != "" {
		t.Errorf("remaining %v, then continue %q", first.RemainingItemCount, second.Continue)
	}
}

type listed struct {
	metav1.ListMeta
	names []string
}

func listNames(t *testing.T, s *Server, path string) listed {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Authorization", "Bearer secret")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var list metav1.PartialObjectMetadataList
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	out := listed{ListMeta: list.ListMeta}
	for _, item := range list.Items {
		out.names = append(out.names, item.Name)
	}
	return out
}

// panicking is an admission step with a bug.
type panicking struct{}

func (panicking) Mutate(context.Context, *api.Attributes) error   { panic("a bug") }
func (panicking) Validate(context.Context, *api.Attributes) error { return nil }

func TestAPanicIsAnInternalError(t *testing.T) {
	exchange{
		method: "POST", path: "/api/v1/namespaces/a/pods", body: podJSON, wantCode: 500, wantReason: metav1.StatusReasonInternalError, wantBody: "a bug",
	}.run(t, newTestServer(t, panicking{}))
}
