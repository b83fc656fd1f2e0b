package kyverno

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
)

// unpackAll unpacks the definitions of a folder, a file each, and orders them by name.
func unpackAll(files fs.FS, dir string) ([]Definition, error) {
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	all := make([]Definition, len(entries))
	var group errgroup.Group
	for i, entry := range entries {
		group.Go(func() (err error) {
			all[i], err = unpackDefinition(files, path.Join(dir, entry.Name()))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b Definition) int { return cmp.Compare(a.Object.GetName(), b.Object.GetName()) })
	return all, nil
}

// unpackDefinition reads a file of two lines: the object, and its specification.
func unpackDefinition(files fs.FS, name string) (Definition, error) {
	data, err := Unpack(files, name)
	if err != nil {
		return Definition{}, err
	}
	head, spec, found := bytes.Cut(bytes.TrimSpace(data), []byte("\n"))
	if !found {
		return Definition{}, fmt.Errorf("decode %s: the specification is missing", name)
	}
	object := &unstructured.Unstructured{}
	if err := json.Unmarshal(head, &object.Object); err != nil {
		return Definition{}, fmt.Errorf("decode %s: %w", name, err)
	}
	return Definition{Object: object, Spec: spec}, nil
}

// decodeDefinitions reads the definitions and decodes their specifications, all at once. What they have in common they
// share.
func decodeDefinitions() ([]*unstructured.Unstructured, error) {
	all, err := unpackAll(chart, "chart/crds")
	if err != nil {
		return nil, err
	}
	objects := make([]*unstructured.Unstructured, len(all))
	var group errgroup.Group
	var sharing sync.Mutex
	common := newSharer()
	for i, definition := range all {
		group.Go(func() error {
			var spec any
			if err := json.Unmarshal(definition.Spec, &spec); err != nil {
				return err
			}
			sharing.Lock()
			defer sharing.Unlock()
			definition.Object.Object["spec"] = common.share(spec).value
			objects[i] = definition.Object
			return nil
		})
	}
	return objects, group.Wait()
}

// unpackObjects reads a file that holds an array of objects. Numbers become int64 or float64, as unstructured content
// wants.
func unpackObjects(files fs.FS, name string) ([]*unstructured.Unstructured, error) {
	data, err := Unpack(files, name)
	if err != nil {
		return nil, err
	}
	var contents []map[string]any
	if err := json.Unmarshal(data, &contents); err != nil {
		return nil, fmt.Errorf("decode %s: %w", name, err)
	}
	objects := make([]*unstructured.Unstructured, len(contents))
	for i, content := range contents {
		objects[i] = &unstructured.Unstructured{Object: content}
	}
	return objects, nil
}
