package live

import (
	"net/http"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// request is what a client asks of an API server, read from the method and the path as the server itself reads them
// (https://kubernetes.io/docs/reference/using-api/api-concepts/).
type request struct {
	verb        string // create, update, patch, delete, deletecollection, or read
	resource    schema.GroupVersionResource
	namespace   string
	name        string
	subresource string
	dryRun      bool
}

// read reports whether the request changes nothing.
func (r *request) read() bool { return r.verb == "read" || r.dryRun }

// parse reads a request; ok is false when it is not about a resource.
func parse(r *http.Request) (parsed *request, ok bool) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	p := &request{dryRun: slices.Contains(r.URL.Query()["dryRun"], "All")}
	switch {
	case len(parts) > 2 && parts[0] == "api":
		p.resource.Version, parts = parts[1], parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		p.resource.Group, p.resource.Version, parts = parts[1], parts[2], parts[3:]
	default:
		p.verb = verb(r.Method, "")
		return p, false
	}
	if parts[0] == "namespaces" && len(parts) > 2 && parts[2] != "status" && parts[2] != "finalize" {
		p.namespace, parts = parts[1], parts[2:]
	}
	p.resource.Resource = parts[0]
	if len(parts) > 1 {
		p.name = parts[1]
	}
	if len(parts) > 2 {
		p.subresource = strings.Join(parts[2:], "/")
	}
	p.verb = verb(r.Method, p.name)
	return p, true
}

func verb(method, name string) string {
	switch method {
	case http.MethodPost:
		return "create"
	case http.MethodPut:
		return "update"
	case http.MethodPatch:
		return "patch"
	case http.MethodDelete:
		if name == "" {
			return "deletecollection"
		}
		return "delete"
	}
	return "read"
}

// question reports whether a create asks something and stores nothing: reviews of access and tokens.
func (r *request) question() bool {
	return strings.HasSuffix(r.resource.Resource, "reviews") || strings.HasSuffix(r.resource.Resource, "rulesreviews")
}
