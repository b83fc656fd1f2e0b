// Package cluster holds what a new simulated cluster starts with: the objects of the system, and sample applications in
// the manner of a retail store.
package cluster

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

//go:embed system.yaml roles.json registered.json workloads/*.yaml
var content embed.FS

// System returns the objects of a cluster that nobody has used yet: its namespaces, its nodes, the kubernetes service
// and the built-in classes and roles. They are as a server stores them, except for what it assigns itself (UIDs,
// times, versions). The caller owns them.
func System() ([]*unstructured.Unstructured, error) {
	var out []*unstructured.Unstructured
	// What a real server makes for itself: roles and bindings with aggregated rules filled in, and what it has registered.
	for _, file := range []string{"system.yaml", "roles.json", "registered.json"} {
		objects, err := decode(file)
		if err != nil {
			return nil, err
		}
		out = append(out, objects...)
	}
	return out, nil
}

// Workloads returns the manifests of the sample applications, file by file: a shop of five services, each in a
// namespace of its own, in the order in which they can be applied. The caller owns them.
func Workloads() ([]*unstructured.Unstructured, error) {
	files, err := fs.Glob(content, "workloads/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("find sample applications: %w", err)
	}
	var out []*unstructured.Unstructured
	for _, file := range files {
		objects, err := decode(file)
		if err != nil {
			return nil, err
		}
		out = append(out, objects...)
	}
	return out, nil
}

func decode(file string) ([]*unstructured.Unstructured, error) {
	data, err := content.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), 4096)
	var out []*unstructured.Unstructured
	for {
		obj := &unstructured.Unstructured{}
		switch err := decoder.Decode(obj); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, fmt.Errorf("decode %s: %w", file, err)
		case len(obj.Object) > 0:
			out = append(out, obj)
		}
	}
}
