package apiserver

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sort"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
)

// customDefinition is a stored CustomResourceDefinition and what is served because of it.
type customDefinition struct {
	// spec identifies the stored spec: stored objects never change, so the same map is the same definition.
	spec      uintptr
	resources []*resource
}

// definitionsIn returns the CustomResourceDefinitions among objects.
func definitionsIn(objects []*unstructured.Unstructured) []*unstructured.Unstructured {
	return slices.DeleteFunc(slices.Clone(objects), func(obj *unstructured.Unstructured) bool {
		return obj.GetKind() != "CustomResourceDefinition" || obj.GroupVersionKind().Group != definitions.Group
	})
}

// reload serves what the stored definitions say now.
func (s *Server) reload() {
	s.rebuild.Lock()
	defer s.rebuild.Unlock()
	items, _ := s.store.List(definitions)
	crds := make([]*unstructured.Unstructured, len(items))
	for i, item := range items {
		crds[i] = item.Object()
	}
	// A definition that cannot be served was refused when it was written, so there is no error to report here.
	if reg, err := s.registryFor(crds); err == nil {
		old := s.registry.Swap(reg)
		s.generation.Add(1)
		close(old.replaced)
	}
}

// registryFor makes the registry of the built-in kinds and the given definitions. Definitions that did not change keep
// their resources, and with them their compiled schemas. The caller holds rebuild.
func (s *Server) registryFor(crds []*unstructured.Unstructured) (*registry, error) {
	all := slices.Clone(s.builtin)
	next := make(map[string]*customDefinition, len(crds))
	for _, crd := range crds {
		def, err := s.customFor(crd)
		if err != nil {
			return nil, err
		}
		next[crd.GetName()] = def
		all = append(all, def.resources...)
	}
	reg, err := newRegistry(all)
	if err != nil {
		return nil, err
	}
	s.customs = next
	return reg, nil
}

// customFor returns the served form of a definition.
func (s *Server) customFor(crd *unstructured.Unstructured) (*customDefinition, error) {
	spec := reflect.ValueOf(crd.Object["spec"])
	if spec.Kind() != reflect.Map {
		return nil, fmt.Errorf("read %s: no spec", crd.GetName())
	}
	if have, ok := s.customs[crd.GetName()]; ok && have.spec == spec.Pointer() {
		return have, nil
	}
	resources, err := s.customResources(crd)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", crd.GetName(), err)
	}
	return &customDefinition{spec: spec.Pointer(), resources: resources}, nil
}

// customResources makes a resource for each served version.
func (s *Server) customResources(crd *unstructured.Unstructured) ([]*resource, error) {
	spec, schemas, err := definitionSpec(crd)
	if err != nil {
		return nil, err
	}
	var out []*resource
	for i, v := range spec.Versions {
		if !v.Served {
			continue
		}
		res, err := s.customVersion(spec, v, schemas[i])
		if err != nil {
			return nil, err
		}
		res.revision = string(crd.GetUID()) + "/" + crd.GetResourceVersion()
		out = append(out, res)
	}
	return out, nil
}

// definitionSpec reads a definition, and apart from it the schema of each version as it was written: the schemas are
// large, and most are never used.
func definitionSpec(crd *unstructured.Unstructured) (*apiextensionsv1.CustomResourceDefinitionSpec, []map[string]any, error) {
	content, _ := crd.Object["spec"].(map[string]any)
	content = maps.Clone(content)
	versions, _ := content["versions"].([]any)
	light := make([]any, len(versions))
	schemas := make([]map[string]any, len(versions))
	for i, v := range versions {
		fields, ok := v.(map[string]any)
		if !ok {
			return nil, nil, fmt.Errorf("spec.versions[%d] is not an object", i)
		}
		fields = maps.Clone(fields)
		if s, ok := fields["schema"].(map[string]any); ok {
			schemas[i], _ = s["openAPIV3Schema"].(map[string]any)
		}
		delete(fields, "schema")
		light[i] = fields
	}
	content["versions"] = light
	spec := &apiextensionsv1.CustomResourceDefinitionSpec{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, spec); err != nil {
		return nil, nil, err
	}
	return spec, schemas, nil
}

// customVersion makes the resource of one served version.
func (s *Server) customVersion(spec *apiextensionsv1.CustomResourceDefinitionSpec, v apiextensionsv1.CustomResourceDefinitionVersion, content map[string]any) (*resource, error) {
	gv := schema.GroupVersion{Group: spec.Group, Version: v.Name}
	m, err := newCustomModel(gv.WithKind(spec.Names.Kind), v, content, spec.Scope == apiextensionsv1.NamespaceScoped)
	if err != nil {
		return nil, err
	}
	res := &resource{
		gvk: gv.WithKind(spec.Names.Kind), gvr: gv.WithResource(spec.Names.Plural),
		listKind: orElse(spec.Names.ListKind, spec.Names.Kind+"List"), singular: orElse(spec.Names.Singular, strings.ToLower(spec.Names.Kind)),
		shortNames: spec.Names.ShortNames, categories: spec.Names.Categories,
		namespaced: spec.Scope == apiextensionsv1.NamespaceScoped, verbs: customVerbs(),
		storage: customStorage(spec, v.Name), model: m,
		deprecation: deprecation(spec, v),
	}
	for _, f := range v.SelectableFields {
		res.selectable = append(res.selectable, strings.TrimPrefix(f.JSONPath, "."))
	}
	if v.Subresources != nil {
		res.status = v.Subresources.Status != nil
		res.scale = customScale(v.Subresources.Scale)
	}
	res.fields = newFieldManagers(res.gvk, res.status, m.schema.converter, s.clock)
	return res, nil
}

func orElse(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// customStorage says how a version is stored: in the storage version, from which versions differ only by their name
// (conversion strategy None).
func customStorage(spec *apiextensionsv1.CustomResourceDefinitionSpec, name string) storage {
	st := storage{resource: schema.GroupResource{Group: spec.Group, Resource: spec.Names.Plural}}
	as := func(v string) func(*unstructured.Unstructured) *unstructured.Unstructured {
		return func(obj *unstructured.Unstructured) *unstructured.Unstructured {
			return ownMetadata(withField(obj, spec.Group+"/"+v, "apiVersion"))
		}
	}
	for _, v := range spec.Versions {
		if v.Storage && v.Name != name {
			st.decode, st.encode = as(name), as(v.Name)
		}
	}
	return st
}

func customScale(scale *apiextensionsv1.CustomResourceSubresourceScale) *scalePaths {
	if scale == nil {
		return nil
	}
	split := func(path string) []string { return strings.Split(strings.TrimPrefix(path, "."), ".") }
	out := &scalePaths{spec: split(scale.SpecReplicasPath), status: split(scale.StatusReplicasPath), selectorIsText: true}
	if scale.LabelSelectorPath != nil {
		out.selector = split(*scale.LabelSelectorPath)
	}
	return out
}

// deprecation returns the warning of a deprecated version, or "".
func deprecation(spec *apiextensionsv1.CustomResourceDefinitionSpec, v apiextensionsv1.CustomResourceDefinitionVersion) string {
	if !v.Deprecated {
		return ""
	}
	if v.DeprecationWarning != nil {
		return *v.DeprecationWarning
	}
	text := fmt.Sprintf("%s/%s %s is deprecated", spec.Group, v.Name, spec.Names.Kind)
	var newer []string
	for _, other := range spec.Versions {
		if other.Served && !other.Deprecated && version.CompareKubeAwareVersionStrings(v.Name, other.Name) < 0 {
			newer = append(newer, other.Name)
		}
	}
	if len(newer) == 0 {
		return text
	}
	sort.Slice(newer, func(i, j int) bool { return version.CompareKubeAwareVersionStrings(newer[i], newer[j]) > 0 })
	return text + fmt.Sprintf("; use %s/%s %s", spec.Group, newer[0], spec.Names.Kind)
}
