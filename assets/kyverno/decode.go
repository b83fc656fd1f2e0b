package kyverno

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
)

// decodeFile reads a gzipped JSON array of objects. Numbers become int64 or float64, as unstructured content wants.
func decodeFile(files fs.FS, name string) (objects []*unstructured.Unstructured, err error) {
	file, err := files.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	data, err := gunzip(file)
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", name, err)
	}
	var contents []map[string]any
	if err := json.Unmarshal(data, &contents); err != nil {
		return nil, fmt.Errorf("decode %s: %w", name, err)
	}
	for _, content := range contents {
		objects = append(objects, &unstructured.Unstructured{Object: content})
	}
	return objects, nil
}

// gunzip reads all of a gzip stream; the checksum at its end is checked.
func gunzip(packed io.Reader) ([]byte, error) {
	reader, err := gzip.NewReader(packed)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(reader)
}
