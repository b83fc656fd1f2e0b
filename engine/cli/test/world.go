package test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"

	"podsec/engine"
	"podsec/engine/cli/files"
	"podsec/engine/cli/manifest"
	"podsec/engine/cli/process"
)

// loadWorld loads the cluster resources of a test; without any there is no cluster.
func (s *setup) loadWorld() error {
	if len(s.test.ClusterResources) == 0 {
		return nil
	}
	s.runner.say("Loading Kubernetes resources ...")
	s.world = append(append(process.World{}, s.resources...), s.targets...)
	for _, name := range s.paths(s.test.ClusterResources) {
		data, err := s.runner.options.Source.Read(name)
		if err != nil {
			return fmt.Errorf("error: failed to load Kubernetes resources: %w", err)
		}
		found, err := manifest.ParseClusterResource(data)
		if err != nil {
			return fmt.Errorf("error: failed to load Kubernetes resources: %w", err)
		}
		s.world = append(s.world, found.Spec.Resources...)
	}
	return nil
}

// processor makes what applies the policies.
func (s *setup) processor(out *outcome) (*process.Processor, error) {
	var err error
	policies := s.valid(out)
	outside := s.runner.options
	options := engine.Options{Values: s.values, Offline: true, Exceptions: process.Exceptions(s.polex), ImageVerifier: outside.Verifier}
	if s.runner.flags.registry {
		options.Images = outside.Images
	}
	processor := &process.Processor{Policies: policies, Values: s.values, User: s.user, Targets: slices.Concat(s.resources, s.targets)}
	if s.world != nil {
		options.ConfigMaps, options.APICall = s.world, s.world
		processor.Cluster = func(name string) (map[string]string, error) { return s.world.NamespaceLabels(s.runner.ctx, name) }
	}
	if len(s.test.APICallResponses) > 0 {
		options.APICall = mocks{answers: s.test.APICallResponses, next: options.APICall}
	}
	if len(s.test.GlobalContextEntries) > 0 {
		if s.globals, err = s.globalContext(); err != nil {
			return nil, err
		}
		options.GlobalContext = s.globals
	}
	processor.Engine = process.NewEngine(options)
	processor.Clones = s.clones(policies)
	processor.CELTargets = s.targets
	processor.CEL, err = s.celPolicies()
	return processor, err
}

// globalContext computes the global context entries of a test.
func (s *setup) globalContext() (process.GlobalEntries, error) {
	entries := process.GlobalEntries{}
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
