package apiserver

import (
	"context"
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/cel/openapi/resolver"
	"k8s.io/kube-openapi/pkg/validation/spec"

	"podsec/kube/sim/api"
	"podsec/kube/sim/apiserver/openapi"
)

// Catalog tells what the server serves, and what it knows of its kinds, to those parts of it that are made apart: the
// policies of admissionregistration.k8s.io, and the controller that checks their types.
type Catalog struct{ server *Server }

// Catalog returns the server's catalog.
func (s *Server) Catalog() Catalog { return Catalog{server: s} }

// Generation changes with what is served, and with the policies of admissionregistration.k8s.io and their bindings: who
// made something of them asks here whether it still holds.
func (c Catalog) Generation() uint64 { return c.server.generation.Load() }

// Resources returns what is served.
func (c Catalog) Resources() []api.Resource {
	var out []api.Resource
	for _, g := range c.server.registry.Load().groups {
		for _, v := range g.versions {
			for _, res := range v.resources {
				out = append(out, res.catalogued())
			}
		}
	}
	return out
}

func (r *resource) catalogued() api.Resource {
	out := api.Resource{GVK: r.gvk, GVR: r.gvr, Namespaced: r.namespaced, Storage: r.storage.resource, Subresources: map[string]schema.GroupVersionKind{}}
	for _, sub := range r.subresources() {
		out.Subresources[sub.name] = sub.gvk
	}
	return out
}

// Convert returns an object in another version of its resource.
func (c Catalog) Convert(obj *unstructured.Unstructured, kind schema.GroupVersionKind) (*unstructured.Unstructured, error) {
	if obj.GroupVersionKind() == kind {
		return obj, nil
	}
	from, to := c.resource(obj.GroupVersionKind()), c.resource(kind)
	if from == nil || to == nil || from.storage.resource != to.storage.resource {
		return nil, fmt.Errorf("convert %s to %s: not the same resource", obj.GroupVersionKind(), kind)
	}
	out := from.written(obj)
	if to.storage.decode != nil {
		out = to.storage.decode(out)
	}
	return out, nil
}

// Default returns an object with the defaults of its kind.
func (c Catalog) Default(obj *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	res := c.resource(obj.GroupVersionKind())
	if res == nil {
		return obj, nil
	}
	out, _, err := res.model.convert(runtime.DeepCopyJSON(obj.Object))
	return out, err
}

// Scaled returns what admission sees of an object when its scale is written.
func (c Catalog) Scaled(obj *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	res := c.resource(obj.GroupVersionKind())
	if res == nil || res.scale == nil {
		return nil, fmt.Errorf("%s has no scale", obj.GroupVersionKind())
	}
	return res.scaleOf(obj)
}

// TypeConverter returns the schema of a kind as merging needs it. What only subresources have, as Eviction, is merged
// by what it looks like.
func (c Catalog) TypeConverter(kind schema.GroupVersionKind) managedfields.TypeConverter {
	if res := c.resource(kind); res != nil {
		return res.fields.converter()
	}
	return managedfields.NewDeducedTypeConverter()
}

// ResolveSchema implements resolver.SchemaResolver: the schema of a kind without references.
func (c Catalog) ResolveSchema(kind schema.GroupVersionKind) (*spec.Schema, error) {
	res := c.resource(kind)
	if res == nil {
		return nil, fmt.Errorf("cannot resolve group version kind %q: %w", kind, resolver.ErrSchemaNotFound)
	}
	body, err := openapi.Document(kind.GroupVersion(), []openapi.Resource{res.described()})
	if err != nil {
		return nil, err
	}
	var document struct {
		Components struct {
			Schemas map[string]*spec.Schema `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(body, &document); err != nil {
		return nil, fmt.Errorf("read schema of %s: %w", kind, err)
	}
	return withoutReferences(document.Components.Schemas, kind)
}

// withoutReferences finds a kind among schemas and puts those that it refers to in their places.
func withoutReferences(schemas map[string]*spec.Schema, kind schema.GroupVersionKind) (*spec.Schema, error) {
	const prefix = "#/components/schemas/"
	byReference := make(map[string]*spec.Schema, len(schemas))
	var root string
	for name, s := range schemas {
		byReference[prefix+name] = s
		var kinds []schema.GroupVersionKind
		if err := s.Extensions.GetObject("x-kubernetes-group-version-kind", &kinds); err == nil && len(kinds) == 1 && kinds[0] == kind {
			root = prefix + name
		}
	}
	return resolver.PopulateRefs(func(ref string) (*spec.Schema, bool) {
		s, ok := byReference[ref]
		return s, ok
	}, root)
}

// Authorize implements authorizer.Authorizer by roles and bindings.
func (c Catalog) Authorize(ctx context.Context, a authorizer.Attributes) (authorizer.Decision, string, error) {
	allowed, reason := c.server.authorizer.Authorize(ctx, a)
	if allowed {
		return authorizer.DecisionAllow, reason, nil
	}
	return authorizer.DecisionNoOpinion, reason, nil
}

func (c Catalog) resource(kind schema.GroupVersionKind) *resource {
	return c.server.registry.Load().byKind[kind]
}
