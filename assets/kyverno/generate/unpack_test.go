package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
)

func unpack(t *testing.T, packed []byte) string {
	t.Helper()
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}
