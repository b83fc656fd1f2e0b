package manifest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// TestParseTests reads test files.
func TestParseTests(t *testing.T) {
	cases := ParseTests("t.yaml", []byte(strings.Join([]string{
		"{apiVersion: cli.kyverno.io/v1alpha1, kind: Test, metadata: {name: a}, policies: [p, p, q], jsonPayload: ./a.json}",
		"{name: old}", "{wrong: 1}", "{}",
	}, "\n---\n")))
	if len(cases) != 3 {
		t.Fatalf("got %d tests", len(cases))
	}
	if diff := cmp.Diff([]string{"p", "q"}, cases[0].Test.Policies); diff != "" {
		t.Errorf("policies differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a.json"}, cases[0].Test.JSONPayloads); diff != "" {
		t.Errorf("payloads differ (-want +got):\n%s", diff)
	}
	if cases[0].Test.Deprecated() || !cases[1].Test.Deprecated() {
		t.Error("the wrong test is deprecated")
	}
	if cases[2].Err == nil || !strings.Contains(cases[2].Err.Error(), `unknown field "wrong"`) {
		t.Errorf("error is %v", cases[2].Err)
	}
}

// TestMocks refuses answers and entries that cannot be.
func TestMocks(t *testing.T) {
	for text, want := range map[string]string{
		"apiCallResponses: [{url: 'https://a/b', response: {body: {}}}]":                                         "",
		"apiCallResponses: [{urlPath: /a, method: post, response: {body: {}}}]":                                  "",
		"apiCallResponses: [{urlPath: a, response: {body: {}}}]":                                                 `apiCallResponses[0]: urlPath "a" must be an absolute path starting with '/'`,
		"apiCallResponses: [{urlPath: /a, url: 'https://a', response: {body: {}}}]":                              "apiCallResponses[0]: url and urlPath are mutually exclusive",
		"apiCallResponses: [{url: 'ftp://a', response: {body: {}}}]":                                             `apiCallResponses[0]: url "ftp://a" must be an absolute https/http URL`,
		"apiCallResponses: [{url: 'https://', response: {body: {}}}]":                                            `apiCallResponses[0]: url "https://" has scheme but no host`,
		"apiCallResponses: [{url: 'https://a', method: PUT, response: {body: {}}}]":                              "apiCallResponses[0]: method must be GET or POST",
		"apiCallResponses: [{url: 'https://a', response: {}}]":                                                   `apiCallResponses[0] "https://a": response.body is required`,
		"apiCallResponses: [{url: 'https://a', response: {body: [1]}}]":                                          `apiCallResponses[0] "https://a": response.body must be a JSON object`,
		"apiCallResponses: [{url: 'https://a', response: {body: {}, statusCode: 99}}]":                           `apiCallResponses[0] "https://a": statusCode 99 must be between 100 and 599`,
		"apiCallResponses: [{url: 'https://a', response: {body: {}}}, {url: 'https://a', response: {body: {}}}]": `apiCallResponses: duplicate entry for "https://a" (key "https://a") — each method+url combination must be unique`,
		"globalContextEntries: [{name: a, data: {}}]":                                                            "",
		"globalContextEntries: [{data: {}}]":                                                                     "globalContextEntries: name is required",
		"globalContextEntries: [{name: a}]":                                                                      `globalContextEntries entry "a": one of data, resources, or resourceFiles is required`,
		"globalContextEntries: [{name: a, data: {}, resourceFiles: [b]}]":                                        `globalContextEntries entry "a": data, resources, and resourceFiles are mutually exclusive`,
		"globalContextEntries: [{name: a, data: [1]}]":                                                           `globalContextEntries entry "a": data must be a JSON object`,
		"globalContextEntries: [{name: a, resourceFiles: [../b]}]":                                               `globalContextEntries entry "a" resourceFiles[0]: file path must not escape the test directory`,
		"globalContextEntries: [{name: a, resourceFiles: [/b]}]":                                                 `globalContextEntries entry "a" resourceFiles[0]: file path must not be absolute`,
		"globalContextEntries: [{name: a, resources: ['b']}]":                                                    `globalContextEntries entry "a" resources[0]: must be a JSON object`,
		"globalContextEntries: [{name: a, data: {}, projections: [{path: b}]}]":                                  `globalContextEntries entry "a": projection name is required`,
		"globalContextEntries: [{name: a, data: {}, projections: [{name: b}]}]":                                  `globalContextEntries entry "a" projection "b": path is required`,
		"globalContextEntries: [{name: a, data: {}}, {name: a, data: {}}]":                                       `globalContextEntries: duplicate name "a"`,
	} {
		var test Test
		if err := yaml.UnmarshalStrict([]byte(text), &test); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got := ""
		err := CheckAPICallResponses(test.APICallResponses)
		if err == nil {
			err = CheckGlobalContext(test.GlobalContextEntries)
		}
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s:\nerror is %q\nwant     %q", text, got, want)
		}
	}
}

// FuzzParseTests never panics, and says the same twice.
func FuzzParseTests(f *testing.F) {
	f.Add([]byte("{apiVersion: cli.kyverno.io/v1alpha1, kind: Test, results: [{policy: p}]}\n---\n{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		first, second := ParseTests("t", data), ParseTests("t", data)
		if len(first) != len(second) {
			t.Errorf("%d tests, then %d", len(first), len(second))
		}
	})
}
