package apiserver

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/kube/sim/apiserver/openapi"
)

// documents keeps the OpenAPI documents that were asked for, by what they describe.
type documents struct {
	mu   sync.Mutex
	made map[string][]byte
}

// serveOpenAPI serves the index at openapi/v3 and a document for each group and version below it, and the older
// openapi/v2.
func (s *Server) serveOpenAPI(out *response, path string) {
	reg := s.registry.Load()
	rest, ok := strings.CutPrefix(path, "openapi/v3")
	rest = strings.Trim(rest, "/")
	switch {
	case path == "openapi/v2":
		s.serveOpenAPIV2(out, reg)
	case !ok:
		out.notFound()
	case rest == "":
		s.serveOpenAPIIndex(out, reg)
	default:
		v, ok := reg.documented(rest)
		if !ok {
			out.notFound()
			return
		}
		s.serveDocument(out, v)
	}
}

func (s *Server) serveOpenAPIIndex(out *response, reg *registry) {
	type location struct {
		ServerRelativeURL string `json:"serverRelativeURL"`
	}
	paths := map[string]location{}
	for _, g := range reg.groups {
		for _, v := range g.versions {
			path := documentPath(v.gv)
			paths[path] = location{ServerRelativeURL: "/openapi/v3/" + path + "?hash=" + v.hash()}
		}
	}
	out.json(http.StatusOK, map[string]any{"paths": paths})
}

func documentPath(gv schema.GroupVersion) string {
	if gv.Group == "" {
		return "api/" + gv.Version
	}
	return "apis/" + gv.Group + "/" + gv.Version
}

// documented returns the group and version whose document is at a path.
func (r *registry) documented(path string) (groupVersion, bool) {
	for _, g := range r.groups {
		for _, v := range g.versions {
			if documentPath(v.gv) == path {
				return v, true
			}
		}
	}
	return groupVersion{}, false
}

// hash names the content of a document without making it: clients keep documents under it.
func (v groupVersion) hash() string {
	sum := sha256.New()
	for _, res := range v.resources {
		fmt.Fprintf(sum, "%s %s %s\n", res.gvr, res.gvk.Kind, res.revision)
	}
	return strings.ToUpper(hex.EncodeToString(sum.Sum(nil)[:16]))
}

func (s *Server) serveDocument(out *response, v groupVersion) {
	hash := v.hash()
	body, err := s.document(v, hash)
	if err != nil {
		out.fail(err)
		return
	}
	header := out.w.Header()
	header.Set("Etag", `"`+hash+`"`)
	header.Set("Vary", "Accept")
	if out.r.URL.Query().Get("hash") == hash {
		header.Set("Cache-Control", "public, immutable")
		header.Set("Expires", time.Now().AddDate(1, 0, 0).UTC().Format(http.TimeFormat))
	}
	out.bytes(http.StatusOK, "application/json", body)
}

func (s *Server) document(v groupVersion, hash string) ([]byte, error) {
	s.documents.mu.Lock()
	defer s.documents.mu.Unlock()
	if body, ok := s.documents.made[hash]; ok {
		return body, nil
	}
	described := make([]openapi.Resource, len(v.resources))
	for i, res := range v.resources {
		described[i] = res.described()
	}
	body, err := openapi.Document(v.gv, described)
	if err != nil {
		return nil, err
	}
	if s.documents.made == nil {
		s.documents.made = map[string][]byte{}
	}
	s.documents.made[hash] = body
	return body, nil
}

func (r *resource) described() openapi.Resource {
	out := openapi.Resource{GVK: r.gvk, Plural: r.gvr.Resource, Namespaced: r.namespaced, Verbs: r.verbs}
	switch m := r.model.(type) {
	case typedModel:
		out.Type = reflect.TypeOf(m.kind.New()).Elem()
	case *customModel:
		out.Schema = m.schema.content
	}
	return out
}

// openAPIV2 is the media type of the older document, which kubectl asks for when a kind is in no newer one.
const openAPIV2 = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

func (s *Server) serveOpenAPIV2(out *response, reg *registry) {
	var described []openapi.Resource
	for _, g := range reg.groups {
		for _, v := range g.versions {
			for _, res := range v.resources {
				described = append(described, res.described())
			}
		}
	}
	body, err := openapi.DocumentV2(described)
	if err != nil {
		out.fail(err)
		return
	}
	out.bytes(http.StatusOK, openAPIV2, body)
}
