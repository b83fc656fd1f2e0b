package aws

import (
	"slices"
	"strings"
	"testing"
)

// FuzzParseClaim: a header that is accepted names a key and what was signed.
func FuzzParseClaim(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=AKIA/20260301/us-east-1/kms/aws4_request, SignedHeaders=host;x-amz-date, Signature=0")
	f.Add("AWS4-HMAC-SHA256 Credential=////,SignedHeaders=")
	f.Add("Basic QVdTOg==")
	f.Fuzz(func(t *testing.T, header string) {
		c, ok := parseClaim(header)
		if ok && (c.accessKey == "" || len(c.signed) == 0 || !strings.Contains(header, c.accessKey)) {
			t.Fatalf("%q was read as %+v", header, c)
		}
	})
}

// FuzzParseTarget: what a path is read as is in the path, and of a kind that there is.
func FuzzParseTarget(f *testing.F) {
	for _, path := range []string{"/v2/", "/v2/shop/manifests/v1", "/v2/a/b/blobs/uploads/", "/v2/tags/tags/list", "/v2/manifests/x", "/v2//manifests//"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		got := parseTarget(path)
		if got.kind == "" {
			return
		}
		if !slices.Contains([]string{"manifests", "tags", "blobs", "referrers"}, got.kind) || !strings.Contains(path, got.kind) {
			t.Fatalf("%q was read as %+v", path, got)
		}
	})
}
