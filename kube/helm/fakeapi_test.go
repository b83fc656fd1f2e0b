package helm_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
)

// fakeAPI is as much of the Kubernetes REST protocol as the command needs: objects are kept by the path of their URL.
type fakeAPI struct {
	lock    sync.Mutex
	objects map[string]map[string]any
	writes  []string // "POST /apis/apps/v1/…"
}

func startAPI(t *testing.T) (*fakeAPI, *rest.Config) {
	t.Helper()
	api := &fakeAPI{objects: map[string]map[string]any{}}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	return api, &rest.Config{Host: server.URL}
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.lock.Lock()
	defer f.lock.Unlock()
	var body map[string]any
	if r.Method == http.MethodPost || r.Method == http.MethodPut || r.Method == http.MethodPatch {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			fail(w, http.StatusBadRequest, "BadRequest", err.Error())
			return
		}
	}
	if r.Method != http.MethodGet {
		f.writes = append(f.writes, r.Method+" "+r.URL.Path)
	}
	switch {
	case r.URL.Path == "/version":
		answer(w, http.StatusOK, map[string]any{"gitVersion": "v1.36.3"})
	case r.Method == http.MethodPost:
		f.create(w, r, body)
	case r.Method == http.MethodGet && !f.has(r.URL.Path) && isCollection(r.URL.Path):
		f.list(w, r)
	case !f.has(r.URL.Path):
		fail(w, http.StatusNotFound, "NotFound", r.URL.Path+" not found")
	case r.Method == http.MethodDelete:
		delete(f.objects, r.URL.Path)
		answer(w, http.StatusOK, map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Success"})
	case r.Method == http.MethodPut:
		f.objects[r.URL.Path] = body
		answer(w, http.StatusOK, body)
	case r.Method == http.MethodPatch:
		merge(f.objects[r.URL.Path], body)
		answer(w, http.StatusOK, f.objects[r.URL.Path])
	default:
		answer(w, http.StatusOK, f.objects[r.URL.Path])
	}
}

func (f *fakeAPI) has(path string) bool { return f.objects[path] != nil }

func (f *fakeAPI) create(w http.ResponseWriter, r *http.Request, body map[string]any) {
	if ns, _, found := strings.Cut(strings.TrimPrefix(r.URL.Path, "/api/v1/namespaces/"), "/"); found && strings.HasPrefix(r.URL.Path, "/api/v1/namespaces/") && !f.has("/api/v1/namespaces/"+ns) {
		fail(w, http.StatusNotFound, "NotFound", `namespaces "`+ns+`" not found`)
		return
	}
	object := &unstructured.Unstructured{Object: body}
	path := r.URL.Path + "/" + object.GetName()
	if f.has(path) {
		fail(w, http.StatusConflict, "AlreadyExists", path+" already exists")
		return
	}
	object.SetResourceVersion("1")
	f.objects[path] = body
	answer(w, http.StatusCreated, body)
}

func (f *fakeAPI) list(w http.ResponseWriter, r *http.Request) {
	selector, err := labels.Parse(r.URL.Query().Get("labelSelector"))
	if err != nil {
		fail(w, http.StatusBadRequest, "BadRequest", err.Error())
		return
	}
	resource := r.URL.Path[strings.LastIndex(r.URL.Path, "/"):]
	group := strings.TrimSuffix(r.URL.Path, resource)
	group, _, _ = strings.Cut(group, "/namespaces/")
	items := []any{}
	for path, object := range f.objects {
		collection := path[:strings.LastIndex(path, "/")]
		inAll := strings.HasPrefix(collection, group+"/") && strings.HasSuffix(collection, resource) && !strings.Contains(r.URL.Path, "/namespaces/")
		if (collection == r.URL.Path || inAll) && selector.Matches(labels.Set((&unstructured.Unstructured{Object: object}).GetLabels())) {
			items = append(items, object)
		}
	}
	kind := listKinds()[resource[1:]]
	answer(w, http.StatusOK, map[string]any{"kind": kind.Kind, "apiVersion": kind.GroupVersion().String(), "metadata": map[string]any{}, "items": items})
}

// names lists what is stored, by path.
func (f *fakeAPI) names(contains string) []string {
	f.lock.Lock()
	defer f.lock.Unlock()
	var names []string
	for path := range f.objects {
		if strings.Contains(path, contains) {
			names = append(names, path)
		}
	}
	slices.Sort(names)
	return names
}

func isCollection(path string) bool {
	_, ok := listKinds()[path[strings.LastIndex(path, "/")+1:]]
	return ok
}

// listKinds are the resources that can be listed.
func listKinds() map[string]schema.GroupVersionKind {
	return map[string]schema.GroupVersionKind{
		"secrets":                       {Version: "v1", Kind: "SecretList"},
		"deployments":                   {Group: "apps", Version: "v1", Kind: "DeploymentList"},
		"mutatingwebhookconfigurations": {Group: "admissionregistration.k8s.io", Version: "v1", Kind: "MutatingWebhookConfigurationList"},
	}
}

func merge(into, patch map[string]any) {
	for key, value := range patch {
		if nested, ok := value.(map[string]any); ok {
			if have, ok := into[key].(map[string]any); ok {
				merge(have, nested)
				continue
			}
		}
		into[key] = value
	}
}

func answer(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body)
}

func fail(w http.ResponseWriter, code int, reason, message string) {
	answer(w, code, map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message, "code": code})
}
