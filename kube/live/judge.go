package live

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
)

// judge decides on a request, and prepares it: what is made is marked and written to the ledger, and policies are
// confined. It returns a *refusal, or the error of asking the cluster.
func (g *Gate) judge(r *http.Request, q *request, resource bool) error {
	switch {
	case q.verb == "read":
		return nil
	case !resource:
		return &refusal{code: http.StatusForbidden, reason: "Forbidden", text: "podsec lets only requests about objects through"}
	}
	if err := g.needNarrow(q); err != nil {
		return err
	}
	switch {
	case q.verb == "create" && (q.question() || q.subresource != ""):
		return g.judgeSubresource(r, q)
	case q.verb == "create":
		return g.judgeCreate(r, q)
	case q.verb == "deletecollection":
		return g.judgeCollection(r, q)
	}
	return g.judgeChange(r, q)
}

// judgeSubresource lets questions through, and evictions, bindings and tokens of what the workshop made.
func (g *Gate) judgeSubresource(r *http.Request, q *request) error {
	if q.question() || q.dryRun || q.subresource == "exec" || q.subresource == "attach" || q.subresource == "portforward" {
		return nil
	}
	return g.needOurs(r.Context(), q)
}

// judgeCreate marks what is to be made and writes it down.
func (g *Gate) judgeCreate(r *http.Request, q *request) error {
	object, err := body(r)
	if err != nil {
		return err
	}
	q.name = nameOf(object)
	if err := g.prepare(r, q, object, true); err != nil || q.dryRun { // a dry run says what would become of it
		return err
	}
	r.Header.Del("Accept-Encoding") // the answer's UID goes into the ledger
	if !strings.HasPrefix(r.Header.Get("Accept"), "application/json") {
		r.Header.Set("Accept", "application/json")
	}
	return g.write(entryOf(q))
}

// write writes a line into the ledger. Nothing is made that could not be written down.
func (g *Gate) write(e Entry) error {
	if err := g.ledger.Write(e); err != nil {
		return internal(err)
	}
	return nil
}

// judgeCollection lets a collection be deleted in the workshop's own namespaces.
func (g *Gate) judgeCollection(r *http.Request, q *request) error {
	if q.dryRun {
		return nil
	}
	ours, err := g.ownNamespace(r.Context(), q.namespace)
	if err == nil && !ours {
		err = foreign(q)
	}
	return err
}

// judgeChange lets changes and deletions of what the workshop made through. Server-side apply makes what is absent.
func (g *Gate) judgeChange(r *http.Request, q *request) error {
	apply := q.verb == "patch" && mediaType(r) == string(types.ApplyYAMLPatchType)
	found, err := g.find(r.Context(), q)
	if err != nil {
		return err
	}
	switch {
	case found == nil && !apply:
		return nil // the cluster says that it is not there
	case found == nil:
		if !q.dryRun {
			if err := g.write(entryOf(q)); err != nil {
				return err
			}
		}
	case !q.dryRun:
		ours, err := g.ours(r.Context(), q, found)
		if err != nil {
			return err
		}
		if !ours {
			return foreign(q)
		}
	}
	if q.subresource != "" || q.verb == "delete" || q.verb == "patch" && !apply && !g.confines(q) {
		return nil // the label is there already, and a patch of ours keeps it
	}
	if mediaType(r) == string(types.JSONPatchType) {
		return g.confinePatch(r, q)
	}
	object, err := body(r)
	if err != nil {
		return err
	}
	whole := q.verb == "update" || apply // a merge patch of a policy brings its rules, not its labels
	return g.prepare(r, q, object, whole && (found == nil || marked(found.Labels)))
}

// confines reports whether a request is about a policy that is to be confined. kubectl apply sends the rules of a policy
// that exists as a merge patch: without this, the second apply would take the exclusion out again.
func (g *Gate) confines(q *request) bool {
	return !g.options.ClusterWide && clusterPolicy(q)
}

// prepare marks an object and confines it, and puts it back into the request.
func (g *Gate) prepare(r *http.Request, q *request, object map[string]any, markIt bool) error {
	if markIt {
		if err := mark(object); err != nil {
			return invalid("metadata.labels: " + err.Error())
		}
	}
	if g.confines(q) {
		if err := confine(object); err != nil {
			return invalid(fmt.Sprintf("ClusterPolicy %q: %v", q.name, err))
		}
	}
	data, err := json.Marshal(object)
	if err != nil {
		return fmt.Errorf("encode object: %w", err)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	r.Header.Set("Content-Length", strconv.Itoa(len(data)))
	if q.verb != "patch" {
		r.Header.Set("Content-Type", runtime.ContentTypeJSON)
	}
	return nil
}

func nameOf(object map[string]any) string {
	metadata, _ := object["metadata"].(map[string]any)
	name, _ := metadata["name"].(string)
	return name
}

func entryOf(q *request) Entry {
	return Entry{Group: q.resource.Group, Version: q.resource.Version, Resource: q.resource.Resource, Namespace: q.namespace, Name: q.name}
}
