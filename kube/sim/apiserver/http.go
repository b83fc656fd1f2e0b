package apiserver

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/uuid"
)

// ServeHTTP answers one request of the Kubernetes REST protocol.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := &response{w: w, r: r}
	defer func() {
		// A bug met by one request must not end the cluster that the learner works on.
		if cause := recover(); cause != nil {
			if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(cause)
			}
			out.fail(apierrors.NewInternalError(fmt.Errorf("panic serving %s %s: %v", r.Method, r.URL.Path, cause)))
		}
	}()
	w.Header().Set("Cache-Control", "no-cache, private")
	w.Header().Set("Audit-Id", string(uuid.NewUUID()))
	if foreign(r) {
		out.fail(apierrors.NewForbidden(schema.GroupResource{}, "", errors.New("a page of another origin may not use this server")))
		return
	}
	user, ok := s.authenticate(r)
	if !ok {
		out.fail(apierrors.NewUnauthorized("Unauthorized"))
		return
	}
	user, err := s.impersonated(r, user)
	if err == nil {
		err = s.authorize(r, user)
	}
	if err != nil {
		out.fail(err)
		return
	}
	s.route(out, user)
}

// foreign says whether a page in a browser that does not come from this server made the request. Such a page has no
// token; it is refused all the same, before anything is looked at.
func foreign(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	return origin != "" && origin != "https://"+r.Host
}

// authenticate names the user behind a request.
func (s *Server) authenticate(r *http.Request) (authenticationv1.UserInfo, bool) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return s.authenticateToken(token)
}

// authenticateToken names the user whose token it is: the administrator's, or that of a service account for one of the
// audiences, which are the API server's own unless others are named.
func (s *Server) authenticateToken(token string, audiences ...string) (authenticationv1.UserInfo, bool) {
	if s.token == "" || subtle.ConstantTimeCompare([]byte(token), []byte(s.token)) == 1 {
		return authenticationv1.UserInfo{
			Username: "kubernetes-admin", Groups: []string{"kubeadm:cluster-admins", "system:masters", "system:authenticated"},
		}, true
	}
	return s.tokenUser(token, audiences)
}

// route sends a request to what serves its path.
func (s *Server) route(out *response, user authenticationv1.UserInfo) {
	path := strings.Trim(out.r.URL.Path, "/")
	switch first, _, _ := strings.Cut(path, "/"); {
	case first == "api" || first == "apis":
		s.routeAPI(out, user, strings.Split(path, "/"))
	case first == "openapi":
		s.serveOpenAPI(out, path)
	case first == "version":
		out.indented(http.StatusOK, serverVersion())
	case first == "healthz" || first == "readyz" || first == "livez":
		s.serveHealth(out, first)
	case path == "":
		out.json(http.StatusOK, metav1.RootPaths{Paths: []string{"/api", "/apis", "/healthz", "/livez", "/openapi/v3", "/readyz", "/version"}})
	default:
		out.notFound()
	}
}

// target is what a path below /api or /apis names.
type target struct {
	gv          schema.GroupVersion
	namespace   string
	resource    string
	name        string
	subresource string
}

// routeAPI serves discovery and resources.
func (s *Server) routeAPI(out *response, user authenticationv1.UserInfo, parts []string) {
	reg := s.registry.Load()
	if s.serveDiscovery(out, reg, parts) {
		return
	}
	t, ok := parseTarget(parts)
	if !ok {
		out.notFound()
		return
	}
	if s.serveVirtual(out, user, t) {
		return
	}
	res, ok := reg.byResource[t.gv.WithResource(t.resource)]
	if !ok {
		out.unknown(reg, t.gv)
		return
	}
	if !res.namespaced && t.namespace != "" {
		out.notFound()
		return
	}
	c := &call{res: res, namespace: t.namespace, name: t.name, subresource: t.subresource, user: user, outside: true}
	out.call = c
	if res.deprecation != "" {
		c.warn(res.deprecation)
	}
	s.serveResource(out, c)
}

// parseTarget reads a path like apis/GROUP/VERSION/namespaces/NS/RESOURCE/NAME/SUBRESOURCE.
func parseTarget(parts []string) (target, bool) {
	t := target{}
	if parts[0] == "api" {
		if len(parts) < 3 {
			return t, false
		}
		t.gv, parts = schema.GroupVersion{Version: parts[1]}, parts[2:]
	} else {
		if len(parts) < 4 {
			return t, false
		}
		t.gv, parts = schema.GroupVersion{Group: parts[1], Version: parts[2]}, parts[3:]
	}
	// namespaces/NS/RESOURCE is a resource in a namespace, but namespaces/NS/status is about the namespace.
	if parts[0] == "namespaces" && len(parts) > 2 && (len(parts) > 3 || parts[2] != "status" && parts[2] != "finalize") {
		t.namespace, parts = parts[1], parts[2:]
	}
	if len(parts) > 3 {
		return t, false
	}
	for i, field := range []*string{&t.resource, &t.name, &t.subresource} {
		if i < len(parts) {
			*field = parts[i]
		}
	}
	return t, true
}

// serveResource serves a resource or what is below it.
func (s *Server) serveResource(out *response, c *call) {
	if !isTrue(out.r.URL.Query().Get("watch")) {
		defer s.clients.begin()()
	}
	if c.subresource != "" {
		s.serveSubresource(out, c)
		return
	}
	if err := acceptable(out.r, c); err != nil {
		out.fail(err)
		return
	}
	verb, ok := verbOf(out.r, c)
	if !ok || !c.res.serves(verb) {
		out.fail(methodNotAllowed())
		return
	}
	switch verb {
	case "get":
		s.serveGet(out, c)
	case "list":
		s.serveList(out, c)
	case "watch":
		s.serveWatch(out, c)
	case "create":
		s.serveCreate(out, c)
	case "update":
		s.serveUpdate(out, c)
	case "patch":
		s.servePatch(out, c)
	case "delete":
		s.serveDelete(out, c)
	case "deletecollection":
		s.serveDeleteCollection(out, c)
	}
}

// verbOf maps a method to the API's verb.
func verbOf(r *http.Request, c *call) (string, bool) {
	watching := isTrue(r.URL.Query().Get("watch"))
	switch {
	case r.Method == http.MethodGet && watching:
		return "watch", true
	case r.Method == http.MethodGet && c.name == "":
		return "list", true
	case r.Method == http.MethodGet, r.Method == http.MethodHead:
		return "get", c.name != ""
	case r.Method == http.MethodPost:
		return "create", c.name == ""
	case r.Method == http.MethodPut:
		return "update", c.name != ""
	case r.Method == http.MethodPatch:
		return "patch", c.name != ""
	case r.Method == http.MethodDelete && c.name == "":
		return "deletecollection", true
	case r.Method == http.MethodDelete:
		return "delete", true
	}
	return "", false
}

func isTrue(text string) bool { return text == "true" || text == "1" }
