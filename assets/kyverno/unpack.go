package kyverno

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Unpack reads a gzipped file, as generate writes them; the checksum at its end is checked. What is made of a cluster that
// Kyverno is installed in is kept in the same way.
func Unpack(files fs.FS, name string) (data []byte, err error) {
	file, err := files.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	reader, err := gzip.NewReader(file)
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", name, err)
	}
	if data, err = io.ReadAll(reader); err != nil {
		return nil, fmt.Errorf("unpack %s: %w", name, err)
	}
	return data, nil
}
