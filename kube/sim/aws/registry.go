package aws

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// ociRegistry is one registry: the protocol's handler is go-containerregistry's, in front of which this one sees to what
// makes it ECR. Manifests are written while the account is locked, so that what both know of them is the same.
type ociRegistry struct {
	account      *Account
	host, region string // region is "" for a registry that only serves what the account was seeded with
	handler      http.Handler
	repositories map[string]*repository
}

// newRegistry makes an empty registry.
func (a *Account) newRegistry(host, region string) *ociRegistry {
	return &ociRegistry{
		account: a, host: host, region: region, repositories: map[string]*repository{},
		handler: registry.New(registry.WithReferrersSupport(true), registry.WithBlobHandler(a.blobs), registry.Logger(log.New(io.Discard, "", 0))),
	}
}

// isRegistry says whether a path is one of the registry protocol.
func isRegistry(path string) bool { return path == "/v2" || strings.HasPrefix(path, "/v2/") }

// target is what a request of the registry protocol is about.
type target struct {
	repository string
	kind       string // manifests, tags, blobs, referrers; "" for the registry itself
	reference  string
}

// parseTarget reads "/v2/REPOSITORY/KIND/REFERENCE".
func parseTarget(name string) target {
	parts := strings.Split(strings.Trim(strings.TrimPrefix(name, "/v2"), "/"), "/")
	for i := len(parts) - 1; i > 0; i-- {
		switch parts[i] {
		case "manifests", "tags", "blobs", "referrers":
			return target{path.Join(parts[:i]...), parts[i], path.Join(parts[i+1:]...)}
		}
	}
	return target{}
}

// serveRegistry answers a request of the registry protocol.
func (a *Account) serveRegistry(w http.ResponseWriter, r *http.Request) {
	q := question{target: parseTarget(r.URL.Path), request: r}
	if q.kind == "manifests" && r.Method == http.MethodPut {
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxManifest))
		if err == nil && json.Valid(raw) {
			q.manifest = raw
		}
	}
	a.mu.Lock()
	reg := a.registryFor(r.Host)
	send := reg.decide(q)
	a.mu.Unlock()
	send(w, r)
}

// question is a request of the registry protocol.
type question struct {
	target
	request  *http.Request
	manifest []byte // that is to be pushed, nil if it is not valid
}

// registryFor finds the registry that a Host header names; the loopback address is the account's own.
func (a *Account) registryFor(host string) *ociRegistry {
	if found := a.registries[host]; found != nil {
		return found
	}
	if region, ours := a.regionOf(host); ours {
		return a.ecrRegistry(region)
	}
	return a.ecrRegistry(a.options.Region)
}

// regionOf reads the region out of the name of one of the account's registries.
func (a *Account) regionOf(host string) (string, bool) {
	rest, ours := strings.CutPrefix(host, a.options.Account+".dkr.ecr.")
	region, aws := strings.CutSuffix(rest, ".amazonaws.com")
	return region, ours && aws
}

// ecrRegistry is the account's registry in a region.
func (a *Account) ecrRegistry(region string) *ociRegistry {
	host := a.registryHost(region)
	if a.registries[host] == nil {
		a.registries[host] = a.newRegistry(host, region)
	}
	return a.registries[host]
}

// decide finds out what the answer is, as ECR's. The account is locked then; the answer is sent after that.
func (reg *ociRegistry) decide(q question) http.HandlerFunc {
	if refused := reg.authorize(q.request); refused != nil {
		return reg.refuse(refused)
	}
	repo := reg.repositories[q.repository]
	reading := q.request.Method == http.MethodGet || q.request.Method == http.MethodHead
	switch {
	case !reading && reg.region == "":
		return reg.refuse(&registryError{http.StatusForbidden, "DENIED", "requested access to the resource is denied"})
	case q.kind == "" && strings.HasSuffix(q.request.URL.Path, "/_catalog"):
		return sendJSON("application/json", map[string]any{"repositories": slices.Sorted(maps.Keys(reg.repositories))})
	case q.kind == "":
		return reg.handler.ServeHTTP
	case repo == nil:
		return reg.refuse(&registryError{http.StatusNotFound, "NAME_UNKNOWN", reg.account.noRepository(q.repository)})
	case reading:
		return reg.read(q, repo)
	case q.kind == "manifests" && q.request.Method == http.MethodPut:
		return reg.put(q, repo)
	case q.kind == "manifests" && q.request.Method == http.MethodDelete:
		return reg.remove(q, repo)
	}
	return reg.handler.ServeHTTP
}

// read answers what only reads a repository.
func (reg *ociRegistry) read(q question, repo *repository) http.HandlerFunc {
	switch {
	case q.kind == "tags" && len(repo.tags) == 0:
		return sendJSON("application/json", map[string]any{"name": repo.name, "tags": []string{}})
	case q.kind == "referrers":
		return sendJSON(string(types.OCIImageIndex), repo.referrers(q.reference))
	case q.kind == "manifests" && repo.find(q.reference) == nil:
		return reg.refuse(noImage())
	}
	return reg.handler.ServeHTTP
}

// registryError is an error of the registry protocol.
type registryError struct {
	status        int
	code, message string
}

// refuse sends an error. A client that is not logged in is told how to.
func (reg *ociRegistry) refuse(e *registryError) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		if e.status == http.StatusUnauthorized {
			header.Set("Www-Authenticate", fmt.Sprintf(`Basic realm="https://%s/",service="ecr.amazonaws.com"`, reg.host))
		}
		header.Set("Docker-Distribution-Api-Version", "registry/2.0")
		header.Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(e.status)
		body := map[string]any{"errors": []map[string]string{{"code": e.code, "message": e.message}}}
		if r.Method != http.MethodHead {
			_ = json.NewEncoder(w).Encode(body) // a client that is gone misses nothing
		}
	}
}

func noImage() *registryError {
	return &registryError{http.StatusNotFound, "MANIFEST_UNKNOWN", "Requested image not found"}
}

func sendJSON(mediaType string, value any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		_ = json.NewEncoder(w).Encode(value) // a client that is gone misses nothing
	}
}
