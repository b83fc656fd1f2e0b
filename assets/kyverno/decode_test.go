package kyverno

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func TestDecodeDamaged(t *testing.T) {
	var whole bytes.Buffer
	writer := gzip.NewWriter(&whole)
	if _, err := writer.Write([]byte(`{"kind": "not an array"}`)); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		files fstest.MapFS
		want  string
	}{
		"missing":   {fstest.MapFS{"d": {Mode: fs.ModeDir}}, "open d/a.gz: "},
		"not gzip":  {fstest.MapFS{"d/a.gz": {Data: []byte("plain")}}, "unpack d/a.gz: "},
		"cut short": {fstest.MapFS{"d/a.gz": {Data: whole.Bytes()[:whole.Len()-4]}}, "unpack d/a.gz: "},
		"not JSON":  {fstest.MapFS{"d/a.gz": {Data: whole.Bytes()}}, "decode d/a.gz: "},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := decodeFile(test.files, "d/a.gz"); err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("error is %v, want %q…", err, test.want)
			}
		})
	}
}

// BenchmarkDecode measures what the first caller of CRDs waits for.
func BenchmarkDecode(b *testing.B) {
	for b.Loop() {
		if _, err := decodeAll(chart, "chart/crds"); err != nil {
			b.Fatal(err)
		}
	}
}
