package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// Files turns the rendered chart into the files of the package: their names below the output folder, and their
// contents. The same input gives the same bytes.
func Files(rendered []byte, release Release) (map[string][]byte, error) {
	objects, err := split(rendered)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	var rest []*unstructured.Unstructured
	for _, object := range objects {
		release.amend(object)
		if object.GetKind() != "CustomResourceDefinition" {
			rest = append(rest, object)
			continue
		}
		if files["crds/"+object.GetName()+".json.gz"], err = packDefinition(object); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(rest, func(a, b *unstructured.Unstructured) int { return rank(a) - rank(b) })
	contents := make([]map[string]any, len(rest))
	for i, object := range rest {
		contents[i] = object.Object
	}
	files["manifests.json.gz"], err = pack(contents)
	return files, err
}

// split decodes a stream of YAML documents.
func split(rendered []byte) ([]*unstructured.Unstructured, error) {
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(rendered)))
	var objects []*unstructured.Unstructured
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, fmt.Errorf("split the rendered chart: %w", err)
		}
		var content map[string]any
		if err := yaml.Unmarshal(document, &content); err != nil {
			return nil, fmt.Errorf("decode a document of the rendered chart: %w", err)
		}
		if len(content) > 0 {
			objects = append(objects, &unstructured.Unstructured{Object: content})
		}
	}
}

// order is Helm's order of creation (pkg/release/v1/util/kind_sorter.go), as far as the chart needs it.
var order = []string{
	"Namespace", "ServiceAccount", "ConfigMap", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "Service", "Deployment",
}

func rank(object *unstructured.Unstructured) int { return slices.Index(order, object.GetKind()) }

// packDefinition writes a definition in two lines, its specification on the second: who passes a definition on need not
// decode the specification, which is nearly all of it.
func packDefinition(object *unstructured.Unstructured) ([]byte, error) {
	spec := object.Object["spec"]
	delete(object.Object, "spec")
	return pack(object.Object, spec)
}

// pack writes values as gzipped JSON, a line each, without a time stamp.
func pack(values ...any) ([]byte, error) {
	var packed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	for _, value := range values {
		if err := json.NewEncoder(writer).Encode(value); err != nil {
			return nil, fmt.Errorf("encode: %w", err)
		}
	}
	if err := writer.Close(); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return packed.Bytes(), nil
}
