package overlay_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"github.com/kyverno/kyverno/pkg/engine/anchor"
	kyvernopattern "github.com/kyverno/kyverno/pkg/engine/pattern"
	"github.com/kyverno/kyverno/pkg/engine/validate"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"podsec/engine/overlay"
)

// kyverno compares a document with a pattern as Kyverno's own code does.
func kyverno(pattern, document any) *overlay.Failure {
	err := validate.MatchPattern(logr.Discard(), document, pattern)
	if err == nil {
		return nil
	}
	failed, ok := err.(*validate.PatternError) //nolint:errorlint // MatchPattern wraps nothing
	if !ok {
		return &overlay.Failure{Text: err.Error()}
	}
	return &overlay.Failure{Text: failed.Error(), Path: failed.Path, Skip: failed.Skip}
}

// same fails when Kyverno decides differently. Where Kyverno walks a map in an order of its own, one of its answers must be
// ours.
func same(t *testing.T, pattern, document string, decode func(data []byte, into any) error) {
	t.Helper()
	var ours, found any
	if decode([]byte(pattern), &ours) != nil || decode([]byte(document), &found) != nil {
		return
	}
	got := overlay.New(ours).Match(found)
	if diff := cmp.Diff(got, overlay.New(ours).Match(found)); diff != "" && !strings.Contains(pattern, "metadata") {
		t.Fatalf("second answer differs for pattern %s and document %s:\n%s", pattern, document, diff)
	}
	var diff string
	for range 40 {
		var theirs any
		_ = decode([]byte(pattern), &theirs) // it was decoded before
		if diff = cmp.Diff(kyverno(theirs, found), got); diff == "" {
			return
		}
	}
	t.Errorf("pattern %s, document %s (-Kyverno +ours):\n%s", pattern, document, diff)
}

// examples are patterns and documents that differ in what they want.
var examples = [][2]string{
	{`{"spec":{"containers":[{"image":"*:*"}]}}`, `{"spec":{"containers":[{"image":"nginx:1"},{"image":"nginx"}]}}`},
	{`{"spec":{"=(hostNetwork)":false}}`, `{"spec":{"hostNetwork":true}}`},
	{`{"spec":{"X(hostPath)":"null"}}`, `{"spec":{"hostPath":{}}}`},
	{`{"spec":{"volumes":[{"X(hostPath)":null}]}}`, `{"spec":{"volumes":[{"name":"a"},{"hostPath":{}}]}}`},
	{`{"spec":{"containers":[{"(name)":"a","image":"b"}]}}`, `{"spec":{"containers":[{"name":"a","image":"c"},{"name":"x"}]}}`},
	{`{"spec":{"containers":[{"(name)":"a","(image)":"b","x":1}]}}`, `{"spec":{"containers":[{"name":"a","image":"c"},{"name":"a","image":"b"}]}}`},
	{`{"spec":{"<(x)":"a","y":"b"}}`, `{"spec":{"x":"b"}}`},
	{`{"spec":{"containers":[{"<(image)":"a*"}],"y":{"z":"1"}}}`, `{"spec":{"containers":[{"image":"b"},{"image":"ab"}]}}`},
	{`{"spec":{"^(containers)":[{"name":"a"},{"image":"b"}]}}`, `{"spec":{"containers":[{"name":"a"},{"image":"c"}]}}`},
	{`{"spec":{"^(containers)":{"name":"a"}}}`, `{"spec":{"containers":[]}}`},
	{`{"spec":{"^(containers)":["a"]}}`, `{"spec":{"containers":["a"]}}`},
	{`{"^(spec)":[{}]}`, `{"spec":{}}`},
	{`{"metadata":{"labels":{"app.*/name":"?*"}}}`, `{"metadata":{"labels":{"app.kubernetes.io/name":"x","app.x/name":""}}}`},
	{`{"metadata":{"annotations":{"=(a/*)":"b"},"labels":{"x":null,"y":2}}}`, `{"metadata":{"annotations":{"a/c":"d"},"labels":{"z":"1"}}}`},
	{`{"t":[{"metadata":{"labels":{"a*":"1"}}}]}`, `{"t":[{"metadata":{"labels":{"ab":"1"}}},{"metadata":{"labels":{"ac":"1"}}}]}`},
	{`{"a":"*"}`, `{}`},
	{`{"a":{"b":"*"}}`, `{"a":{"b":null}}`},
	{`{"a":">1 & <5 | 10-20"}`, `{"a":"7"}`},
	{`{"a":"1Gi-2Gi"}`, `{"a":"1500Mi"}`},
	{`{"a":"5!-7"}`, `{"a":6}`},
	{`{"a":">1h"}`, `{"a":"30m"}`},
	{`{"a":"!*:latest"}`, `{"a":"x:latest"}`},
	{`{"a":[1,2]}`, `{"a":[1,1]}`},
	{`{"a":[[1],[2]]}`, `{"a":[[1]]}`},
	{`{"a":[[1],[{"(b)":1}]]}`, `{"a":[[1],[{"b":2}]]}`},
	{`{"a":[]}`, `{"a":[]}`},
	{`{"a":null,"b":1,"c":1.5,"d":true}`, `{"a":0,"b":"1","c":1,"d":"true"}`},
	{`{"+(a)":"x"}`, `{"a":"x","+(a)":"x"}`},
	{`{"a":"x","(b)":{"c":"d"}}`, `{"b":{"c":"e"}}`},
	{`{"(a)":1,"=(b)":{"(c)":1},"d":{"(e)":2}}`, `{"a":1,"b":{"c":2},"d":{"e":3}}`},
	{`{"a":"x"}`, `{"a":"conditional anchor mismatch"}`},
	{`{"a":{"b":"x"},"(z)":"1"}`, `{"a":{"b":"global anchor mismatch"},"z":"1"}`},
	{`"a"`, `["a","b"]`},
	{`{"a":"<=1e3"}`, `{"a":1000.5}`},
}

// TestKyverno compares with Kyverno's own code, with numbers as whole ones and as floats.
func TestKyverno(t *testing.T) {
	ctrllog.SetLogger(logr.Discard())
	for _, example := range examples {
		same(t, example[0], example[1], json.Unmarshal)
		same(t, example[0], example[1], utiljson.Unmarshal)
	}
}

// FuzzMatch compares with Kyverno's own code.
func FuzzMatch(f *testing.F) {
	ctrllog.SetLogger(logr.Discard())
	for _, example := range examples {
		f.Add(example[0], example[1])
	}
	f.Fuzz(func(t *testing.T, pattern, document string) {
		// Kyverno takes for ever for many wildcards, and computes quantities in full that are refused here.
		if strings.Count(pattern, "*") > 3 || len(pattern)+len(document) > 2000 || huge.MatchString(pattern) || huge.MatchString(document) {
			return
		}
		same(t, pattern, document, json.Unmarshal)
		same(t, pattern, document, utiljson.Unmarshal)
	})
}

// huge matches quantities that are refused here: with long exponents or very many digits.
var huge = regexp.MustCompile(`[eE][+-]?\d{4}|\d{200}`)

// FuzzValue compares single values with Kyverno's own code.
func FuzzValue(f *testing.F) {
	ctrllog.SetLogger(logr.Discard())
	for _, seed := range [][2]string{
		{"?*", `"a"`}, {">=1", "2"}, {"a | b", `"b"`}, {"1-5", "3.5"}, {"1Gi!-2Gi", `"3Gi"`}, {"!a & !b", `"c"`}, {"<1h", `"30m"`},
		{"", "null"}, {"*", "null"}, {"-1-+5", "-1"}, {"true", "true"}, {"0", "null"}, {">0.5", "1e3"}, {"10!-", `"10"`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		var found any
		if huge.MatchString(pattern) || huge.MatchString(text) {
			return // quantities that Kyverno computes in full
		}
		if strings.Count(pattern, "*") > 3 || len(pattern)+len(text) > 500 || json.Unmarshal([]byte(text), &found) != nil {
			return
		}
		switch found.(type) {
		case map[string]any, []any:
			return // these are compared differently
		}
		if pattern == "*" && found == nil {
			return // the map that holds the value decides this, not the value
		}
		if got, want := overlay.MatchValue(found, pattern), kyvernopattern.Validate(logr.Discard(), found, pattern); got != want {
			t.Errorf("%s matches %q: %v, want %v", text, pattern, got, want)
		}
	})
}

// FuzzAnchorKey compares anchors with Kyverno's own code.
func FuzzAnchorKey(f *testing.F) {
	for _, seed := range []string{"(a)", "X(a)", "=(a)", "^(a)", "<(a)", "+(a)", "a", "()", " (a) ", "((a))", "X(a\n)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, key string) {
		got, ok := overlay.AnchorKey(key)
		want := anchor.Parse(key)
		if ok != (want != nil) || ok && got != want.Key() || !ok && got != key {
			t.Errorf("%q is %q, %v; want %v", key, got, ok, want)
		}
	})
}
