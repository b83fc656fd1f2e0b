package account

import (
	"encoding/json"
	"net/http"
	"net/http/httputil"
	"regexp"
)

// inRegistry is the path of what is in a repository, by the protocol of registries.
var inRegistry = regexp.MustCompile(`^/v2/(.+?)/(?:blobs|manifests|tags|referrers)/`)

// serveRegistry sends requests on to the target's registry, with the password that docker was logged in with. Images are
// pushed only to repositories that the workshop made.
func (g *Gate) serveRegistry(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		match := inRegistry.FindStringSubmatch(r.URL.Path)
		if match == nil { // nothing else can be written there
			denyPush(w, http.StatusForbidden, "podsec does not know what "+r.Method+" would do there; the registry was not asked")
			return
		}
		if !g.mayPush(w, r, match[1]) {
			return
		}
	}
	g.images.ServeHTTP(w, r)
}

// mayPush reports whether a repository is the workshop's, and refuses the request if it is not. One that does not exist
// is the registry's to refuse.
func (g *Gate) mayPush(w http.ResponseWriter, r *http.Request, name string) bool {
	if _, known := g.pushable.Load(name); known {
		return true
	}
	found, ours, err := g.owner.repository(r.Context(), name)
	switch {
	case err != nil:
		denyPush(w, http.StatusServiceUnavailable, err.Error())
	case found != nil && !ours:
		denyPush(w, http.StatusForbidden, "podsec pushes only to repositories that the workshop made, and "+name+" is not one; the registry was not asked")
	case ours:
		g.pushable.Store(name, true)
		return true
	}
	return err == nil && found == nil
}

// toRegistry leads a request to the registry that its Host header names.
func toRegistry(r *httputil.ProxyRequest) {
	r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "https", r.In.Host, r.In.Host
}

// noRegistry answers a request that did not reach the registry.
func noRegistry(w http.ResponseWriter, _ *http.Request, err error) {
	denyPush(w, http.StatusServiceUnavailable, "the registry does not answer: "+err.Error())
}

// denyPush answers as a registry does when it refuses.
func denyPush(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	code := "DENIED"
	if status != http.StatusForbidden {
		code = "UNAVAILABLE"
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []map[string]string{{"code": code, "message": message}}}) // the client may be gone
}
