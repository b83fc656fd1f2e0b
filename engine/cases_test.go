package engine_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"podsec/engine"
)

var update = flag.Bool("update", false, "rewrite the want sections of testdata/*.txtar")

// TestCases runs every case of testdata: policies on one request, mutation first and validation of what came out. The
// files of a case are
//
//	policy.yaml    one or more policies
//	object.yaml    the resource
//	old.yaml       the stored resource, for an update (optional)
//	request.yaml   what else the request says, see testRequest (optional)
//	exception.yaml PolicyExceptions (optional)
//	want           the outcome
//
// and the text above them says what the case is about.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := runCase(t, archive)
			if *update {
				setWant(t, file, archive, got)
				return
			}
			if diff := cmp.Diff(section(archive, "want"), got); diff != "" {
				t.Errorf("outcome differs (-want +got):\n%s", diff)
			}
		})
	}
}

// testRequest is request.yaml.
type testRequest struct {
	Operation       engine.Operation          `json:"operation"`
	Subresource     string                    `json:"subresource"`
	NamespaceLabels map[string]string         `json:"namespaceLabels"`
	User            authenticationv1.UserInfo `json:"user"`
	Roles           []string                  `json:"roles"`
	ClusterRoles    []string                  `json:"clusterRoles"`
	Background      bool                      `json:"background"`
	ConfigMaps      []corev1.ConfigMap        `json:"configMaps"`
	APIAnswers      map[string]any            `json:"apiAnswers"`
	Trace           bool                      `json:"trace"`
	Autogen         bool                      `json:"autogen"`
}

// runCase evaluates a case and writes its outcome as text.
func runCase(t *testing.T, archive *txtar.Archive) string {
	t.Helper()
	var options testRequest
	if err := yaml.UnmarshalStrict([]byte(section(archive, "request.yaml")), &options); err != nil {
		t.Fatal(err)
	}
	req := &engine.Request{
		Operation: options.Operation, Subresource: options.Subresource, NamespaceLabels: options.NamespaceLabels,
		User: options.User, Roles: options.Roles, ClusterRoles: options.ClusterRoles, Background: options.Background,
		Object: first(objects(t, section(archive, "object.yaml"))), OldObject: first(objects(t, section(archive, "old.yaml"))),
	}
	if req.Operation == "" {
		req.Operation = engine.Create
	}
	e := engine.New(engine.Options{
		ConfigMaps: configMaps(options.ConfigMaps), APICall: apiAnswers(options.APIAnswers),
		Exceptions: exceptions(objects(t, section(archive, "exception.yaml"))),
		Now:        func() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC) },
	})
	var out bytes.Buffer
	policies := compileAll(t, &out, section(archive, "policy.yaml"))
	if options.Autogen {
		writeAutogen(t, &out, policies)
	}
	if req.Resource() != nil {
		evaluate(t, &out, e, policies, req, options.Trace)
	}
	return out.String()
}

func evaluate(t *testing.T, out *bytes.Buffer, e *engine.Engine, policies []*engine.Policy, req *engine.Request, trace bool) {
	t.Helper()
	mutated, err := e.Mutate(context.Background(), policies, req)
	for _, result := range mutated.Results {
		writeResult(out, result, trace)
	}
	if err != nil {
		fmt.Fprintf(out, "refused: %v\n", err)
		return
	}
	if mutated.Object != req.Object {
		text, err := yaml.Marshal(mutated.Object.Object)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(out, "object:\n%s", indent(string(text)))
	}
	changed := *req
	changed.Object = mutated.Object
	var results []engine.PolicyResult
	for _, p := range policies {
		result := e.Validate(context.Background(), p, &changed)
		results = append(results, result)
		writeResult(out, result, trace)
	}
	if message, blocked := engine.Blocked(results); blocked {
		fmt.Fprintf(out, "blocked:%s", message)
		return
	}
	for _, warning := range append(engine.Warnings(mutated.Results), engine.Warnings(results)...) {
		fmt.Fprintf(out, "warning: %s\n", warning)
	}
}

// writeResult writes what a policy's rules said; with trace also those that did not match, and why.
func writeResult(out *bytes.Buffer, result engine.PolicyResult, trace bool) {
	for _, r := range result.Rules {
		if !r.Matched && !trace {
			continue
		}
		name := result.Policy.Key() + "/" + r.Rule
		switch {
		case !r.Matched:
			fmt.Fprintf(out, "%s: not matched\n", name)
		case r.Type == engine.Validation:
			fmt.Fprintf(out, "%s: %s (%s by %s): %s\n", name, r.Status, r.Action, r.ActionFrom, r.Message)
		default:
			fmt.Fprintf(out, "%s: %s: %s\n", name, r.Status, r.Message)
		}
		for _, key := range slices.Sorted(maps.Keys(r.Properties)) {
			if key != "controlsJSON" {
				fmt.Fprintf(out, "  %s: %s\n", key, r.Properties[key])
			}
		}
		if trace {
			for _, s := range r.Trace {
				fmt.Fprintf(out, "  %s ok=%v clause=%s field=%s found=%s wanted=%s note=%s\n", s.Phase, s.OK, s.Clause, s.Field, s.Found, s.Wanted, s.Note)
			}
		}
	}
}

func writeAutogen(t *testing.T, out *bytes.Buffer, policies []*engine.Policy) {
	t.Helper()
	for _, p := range policies {
		text, err := yaml.Marshal(p.Autogen())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(out, "autogen of %s:\n%s", p.Key(), indent(string(text)))
	}
}

// compileAll compiles the policies of a case; one that cannot be compiled is noted and left out.
func compileAll(t *testing.T, out *bytes.Buffer, text string) []*engine.Policy {
	t.Helper()
	var policies []*engine.Policy
	for _, object := range objects(t, text) {
		p, err := engine.Compile(object)
		if err != nil {
			fmt.Fprintf(out, "%s: %v\n", object.GetName(), err)
			continue
		}
		policies = append(policies, p)
	}
	return policies
}

func objects(t *testing.T, text string) []*unstructured.Unstructured {
	t.Helper()
	var out []*unstructured.Unstructured
	for _, document := range strings.Split(text, "\n---\n") {
		if strings.TrimSpace(document) == "" {
			continue
		}
		out = append(out, mustObject(t, document))
	}
	return out
}

// mustObject reads one resource.
func mustObject(tb testing.TB, text string) *unstructured.Unstructured {
	tb.Helper()
	data, err := utilyaml.ToJSON([]byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(data); err != nil {
		tb.Fatal(err)
	}
	return object
}

func first(list []*unstructured.Unstructured) *unstructured.Unstructured {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n  ") + "\n"
}

func section(archive *txtar.Archive, name string) string {
	for _, f := range archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func setWant(t *testing.T, file string, archive *txtar.Archive, got string) {
	t.Helper()
	for i, f := range archive.Files {
		if f.Name == "want" {
			archive.Files = append(archive.Files[:i], archive.Files[i+1:]...)
			break
		}
	}
	archive.Files = append(archive.Files, txtar.File{Name: "want", Data: []byte(got)})
	if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
		t.Fatal(err)
	}
}

// configMaps is a ConfigMapGetter over a list.
type configMaps []corev1.ConfigMap

func (c configMaps) ConfigMap(_ context.Context, namespace, name string) (*corev1.ConfigMap, error) {
	for i := range c {
		if c[i].Namespace == namespace && c[i].Name == name {
			return &c[i], nil
		}
	}
	return nil, fmt.Errorf("configmaps %q not found", name)
}

// apiAnswers is an APICaller that answers from a map of "METHOD path".
type apiAnswers map[string]any

func (a apiAnswers) Call(_ context.Context, method, path string, _ []byte) ([]byte, error) {
	answer, ok := a[method+" "+path]
	if !ok {
		return nil, fmt.Errorf("the server could not find the requested resource")
	}
	return yaml.YAMLToJSON([]byte(fmt.Sprint(answer)))
}

// exceptions is an ExceptionLister over a list.
type exceptions []*unstructured.Unstructured

func (e exceptions) Exceptions() []*unstructured.Unstructured { return e }
