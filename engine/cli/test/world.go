package test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"podsec/engine"
	"podsec/engine/cli/files"
	"podsec/engine/cli/manifest"
	"podsec/engine/cli/process"
)

// world is what a test says that a cluster holds. It stands in for the cluster where rules look things up.
type world struct{ objects []*unstructured.Unstructured }

// loadWorld loads the cluster resources of a test; without any there is no cluster.
func (s *setup) loadWorld() error {
	if len(s.test.ClusterResources) == 0 {
		return nil
	}
	s.runner.say("Loading Kubernetes resources ...")
	s.world = &world{}
	s.world.objects = append(s.world.objects, s.resources...)
	s.world.objects = append(s.world.objects, s.targets...)
	for _, name := range s.paths(s.test.ClusterResources) {
		data, err := s.runner.options.Source.Read(name)
		if err != nil {
			return fmt.Errorf("error: failed to load Kubernetes resources: %w", err)
		}
		found, err := manifest.ParseClusterResource(data)
		if err != nil {
			return fmt.Errorf("error: failed to load Kubernetes resources: %w", err)
		}
		s.world.objects = append(s.world.objects, found.Spec.Resources...)
	}
	return nil
}

// find returns an object, nil when there is none.
func (w *world) find(kind, namespace, name string) *unstructured.Unstructured {
	for _, o := range w.objects {
		if o.GetKind() == kind && o.GetNamespace() == namespace && o.GetName() == name {
			return o
		}
	}
	return nil
}

// ConfigMap implements engine.ConfigMapGetter.
func (w *world) ConfigMap(_ context.Context, namespace, name string) (*corev1.ConfigMap, error) {
	found := w.find("ConfigMap", namespace, name)
	if found == nil {
		return nil, fmt.Errorf("configmaps %q not found", name)
	}
	var out corev1.ConfigMap
	err := runtime.DefaultUnstructuredConverter.FromUnstructured(found.Object, &out)
	return &out, err
}

// namespace returns the labels of a namespace.
func (w *world) namespace(name string) (map[string]string, error) {
	found := w.find("Namespace", "", name)
	if found == nil {
		return nil, fmt.Errorf("namespaces %q not found", name)
	}
	return found.GetLabels(), nil
}

// processor makes what applies the policies.
func (s *setup) processor(out *outcome) (*process.Processor, error) {
	policies := s.valid(out)
	options := engine.Options{Values: s.values, Offline: true, Exceptions: exceptions(s.polex)}
	processor := &process.Processor{Policies: policies, Values: s.values, User: s.user, Targets: s.targets}
	if s.world != nil {
		options.ConfigMaps = s.world
		processor.Cluster = s.world.namespace
	}
	if len(s.test.GlobalContextEntries) > 0 {
		entries, err := s.globalContext()
		if err != nil {
			return nil, err
		}
		options.GlobalContext = entries
	}
	processor.Engine = process.NewEngine(options)
	processor.Clones = s.clones(policies)
	return processor, nil
}

// exceptions are the policy exceptions of a test.
type exceptions []*unstructured.Unstructured

// Exceptions implements engine.ExceptionLister.
func (e exceptions) Exceptions() []*unstructured.Unstructured { return e }

// globalEntries are the global context entries of a test.
type globalEntries map[string]any

// GlobalContext implements engine.GlobalContextGetter.
func (g globalEntries) GlobalContext(name, projection string) (any, error) {
	value, ok := g[name]
	if !ok {
		return nil, fmt.Errorf("failed to fetch entry key=%s", name)
	}
	if projection == "" {
		return value, nil
	}
	fields, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("global context mock: projection %q requested but value is not an object", projection)
	}
	part, ok := fields[projection]
	if !ok {
		return nil, fmt.Errorf("global context mock: projection %q not found", projection)
	}
	return part, nil
}

// globalContext computes the global context entries of a test.
func (s *setup) globalContext() (globalEntries, error) {
	entries := globalEntries{}
	for _, entry := range s.test.GlobalContextEntries {
		root, err := s.globalRoot(&entry)
		if err != nil {
			return nil, err
		}
		if root == nil {
			continue
		}
		if entries[entry.Name], err = project(&entry, root); err != nil {
			return nil, fmt.Errorf("globalContextEntries %q %w", entry.Name, err)
		}
	}
	return entries, nil
}

// globalRoot is the data of an entry, or the list of its resources.
func (s *setup) globalRoot(entry *manifest.GlobalContext) (any, error) {
	if entry.Data != nil {
		var value any
		if err := json.Unmarshal(entry.Data.Raw, &value); err != nil {
			return nil, fmt.Errorf("globalContextEntries %q: %w", entry.Name, err)
		}
		return value, nil
	}
	list := []any{}
	for i, resource := range entry.Resources {
		var value map[string]any
		if err := json.Unmarshal(resource.Raw, &value); err != nil {
			return nil, fmt.Errorf("globalContextEntries %q resources: resources[%d]: %w", entry.Name, i, err)
		}
		list = append(list, value)
	}
	for _, name := range entry.ResourceFiles {
		objects, err := s.readObjects(name)
		if err != nil {
			return nil, fmt.Errorf("error: failed to load globalContextEntries resource files: globalContextEntries %q resourceFiles %q: %w", entry.Name, name, err)
		}
		list = append(list, objects...)
	}
	return list, nil
}

func (s *setup) readObjects(name string) ([]any, error) {
	data, err := s.runner.options.Source.Read(filepath.Join(s.folder, name))
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	return files.Values(data)
}

// project applies the path and the projections of an entry.
func project(entry *manifest.GlobalContext, root any) (any, error) {
	if entry.FieldPath != "" {
		var err error
		if root, err = process.Search(entry.FieldPath, root); err != nil {
			return nil, fmt.Errorf("fieldPath: %w", err)
		}
	}
	if len(entry.Projections) == 0 {
		return root, nil
	}
	out := map[string]any{}
	for _, p := range entry.Projections {
		value, err := process.Search(p.Path, root)
		if err != nil {
			return nil, fmt.Errorf("projection %q path %q: %w", p.Name, p.Path, err)
		}
		out[p.Name] = value
	}
	return out, nil
}
