package kyverno

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

func TestDamaged(t *testing.T) {
	whole := pack(t, `{"kind": "not an array"}`)
	for name, test := range map[string]struct {
		data               []byte
		object, definition string // how the errors begin
	}{
		"not gzip":   {[]byte("plain"), "unpack a.gz: ", "unpack a.gz: "},
		"cut short":  {whole[:len(whole)-4], "unpack a.gz: ", "unpack a.gz: "},
		"one object": {whole, "decode a.gz: ", "decode a.gz: the specification is missing"},
		"not JSON":   {pack(t, "{\n{"), "decode a.gz: ", "decode a.gz: "},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{"a.gz": {Data: test.data}}
			if _, err := unpackObjects(files, "a.gz"); err == nil || !strings.HasPrefix(err.Error(), test.object) {
				t.Errorf("error is %v, want %q…", err, test.object)
			}
			if _, err := unpackDefinition(files, "a.gz"); err == nil || !strings.HasPrefix(err.Error(), test.definition) {
				t.Errorf("error is %v, want %q…", err, test.definition)
			}
		})
	}
	if _, err := unpackAll(fstest.MapFS{}, "missing"); err == nil || !strings.HasPrefix(err.Error(), "list missing: ") {
		t.Errorf("error is %v", err)
	}
	if _, err := unpackAll(fstest.MapFS{"d/a.gz": {Data: whole}}, "d"); err == nil {
		t.Error("a damaged file in a folder is no error")
	}
}

func pack(t *testing.T, text string) []byte {
	t.Helper()
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, err := writer.Write([]byte(text))
	if err := errors.Join(err, writer.Close()); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// BenchmarkDefinitions measures what the first caller of Definitions waits for.
func BenchmarkDefinitions(b *testing.B) {
	for b.Loop() {
		if _, err := unpackAll(chart, "chart/crds"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCRDs measures what the first caller of CRDs waits for beyond that.
func BenchmarkCRDs(b *testing.B) {
	for b.Loop() {
		if _, err := decodeDefinitions(); err != nil {
			b.Fatal(err)
		}
	}
}
