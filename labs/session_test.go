package labs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/rest"
)

// testCluster counts resets.
type testCluster struct {
	resets []Baseline
	fail   error
}

func (c *testCluster) Name() string            { return "test" }
func (c *testCluster) Config() *rest.Config    { return &rest.Config{Host: "https://127.0.0.1:1"} }
func (c *testCluster) Kubeconfig() string      { return "/kubeconfig" }
func (c *testCluster) Patience() time.Duration { return 300 * time.Millisecond }
func (c *testCluster) Reset(_ context.Context, base Baseline) error {
	c.resets = append(c.resets, base)
	return c.fail
}

// runnerFunc is a shell of one function.
type runnerFunc func(ctx context.Context, dir, line string, env []string, stdout, stderr io.Writer) (int, error)

// Run calls the function.
func (f runnerFunc) Run(ctx context.Context, dir, line string, env []string, stdout, stderr io.Writer) (int, error) {
	return f(ctx, dir, line, env, stdout, stderr)
}

const sessionLab = `---
title: T
summary: S.
minutes: 1
start:
  apply: [base.yaml]
---

Intro.

## Denied

Text.

` + "```step" + `
run: kubectl run nginx
checks:
  - denied: {policy: require-labels, rule: check-team}
  - object: {kind: Pod, namespace: default, name: nginx, absent: true}
hints: [first, second]
` + "```" + `

## Look

Text.

` + "```step" + `
checks:
  - object: {kind: ConfigMap, namespace: default, name: c}
` + "```" + `

## Only text

Text.
`

const deniedOutput = `Error from server: admission webhook "validate.kyverno.svc-fail" denied the request: 

resource Pod/default/nginx was blocked due to the following policies 

require-labels:
  check-team: 'validation error'
`

func sessionFiles(base string) fstest.MapFS {
	return fstest.MapFS{
		"01-t/lab.md":          {Data: []byte(sessionLab)},
		"01-t/base.yaml":       {Data: []byte(base)},
		"01-t/sub/inner.yaml":  {Data: []byte("a: b\n"), Mode: 0o444},
		"02-other/unused.yaml": {Data: []byte("x")},
	}
}

const configMap = `
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data: {a: b}
---
apiVersion: v1
kind: Namespace
metadata: {name: dev}
`

// fakeApplier keeps what is applied and puts it into the fake cluster.
type fakeApplier struct {
	client  *dynamicfake.FakeDynamicClient
	mapper  meta.RESTMapper
	applied *[]string
}

// Apply notes the objects as JSON.
func (f *fakeApplier) Apply(_ context.Context, objects ...*unstructured.Unstructured) error {
	for _, o := range objects {
		text, err := o.MarshalJSON()
		if err != nil {
			return err
		}
		*f.applied = append(*f.applied, strings.TrimSpace(string(text)))
		mapping, err := f.mapper.RESTMapping(o.GroupVersionKind().GroupKind(), o.GroupVersionKind().Version)
		if err != nil {
			return err
		}
		namespace := ""
		if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
			namespace = orWord(o.GetNamespace(), "default")
			o.SetNamespace(namespace)
		}
		if err := f.client.Tracker().Create(mapping.Resource, o, namespace); err != nil {
			return err
		}
	}
	return nil
}

// openTest opens a session on a fake cluster; applied gets the objects that the session applies, in order.
func openTest(t *testing.T, cluster *testCluster, base string, shell runnerFunc) (s *Session, applied *[]string, err error) {
	t.Helper()
	lab, err := Parse(sessionFiles(base), "01-t")
	if err != nil {
		t.Fatal(err)
	}
	view, client := fakeView()
	applied = &[]string{}
	kinds := &fakeApplier{client: client, mapper: view.mapper, applied: applied}
	s, err = open(t.Context(), &Session{lab: lab, cluster: cluster, shell: shell, view: view, applier: kinds})
	if err == nil {
		t.Cleanup(func() { _ = s.Close() })
	}
	return s, applied, err
}

func TestOpen(t *testing.T) {
	cluster := &testCluster{}
	s, applied, err := openTest(t, cluster, configMap, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Baseline{{Apply: []string{"base.yaml"}}}, cluster.resets); diff != "" {
		t.Error(diff)
	}
	const note = `"annotations":{"kubectl.kubernetes.io/last-applied-configuration":`
	want := []string{
		`{"apiVersion":"v1","data":{"a":"b"},"kind":"ConfigMap","metadata":{` + note +
			`"{\"apiVersion\":\"v1\",\"data\":{\"a\":\"b\"},\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\"}}\n"},"name":"c"}}`,
		`{"apiVersion":"v1","kind":"Namespace","metadata":{` + note +
			`"{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"dev\"}}\n"},"name":"dev"}}`,
	}
	if diff := cmp.Diff(want, *applied); diff != "" {
		t.Error(diff)
	}
	if text, err := os.ReadFile(filepath.Join(s.Dir(), "sub", "inner.yaml")); err != nil || string(text) != "a: b\n" {
		t.Errorf("file %q, error %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(s.Dir(), labFile)); !errors.Is(err, os.ErrNotExist) {
		t.Error("the lab's text is among its files")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(s.Dir()); !errors.Is(err, os.ErrNotExist) {
		t.Error("the working folder is still there after Close")
	}
}

func TestOpenErrors(t *testing.T) {
	tests := map[string]struct {
		cluster testCluster
		base    string
		want    string
	}{
		"reset":        {cluster: testCluster{fail: errors.New("no cluster")}, base: configMap, want: "reset cluster: no cluster"},
		"broken":       {base: "{a", want: "apply base.yaml: read document 1: "},
		"no name":      {base: "{apiVersion: v1, kind: ConfigMap}", want: "apply base.yaml: read document 1: it has no apiVersion or no metadata.name"},
		"unknown kind": {base: "{apiVersion: v1, kind: Nope, metadata: {name: x}}", want: "apply base.yaml: no matches for kind"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, _, err := openTest(t, &tt.cluster, tt.base, nil)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error %v, want %s…", err, tt.want)
			}
		})
	}
}

// TestBaselinePolicy: opening a lab waits until the policies of its baseline are ready.
func TestBaselinePolicy(t *testing.T) {
	const policy = "{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {name: p}, status: {conditions: [{type: Ready, status: 'True'}]}}"
	if _, _, err := openTest(t, &testCluster{}, policy, nil); err != nil {
		t.Error(err)
	}
}

func TestRunStep(t *testing.T) {
	var env []string
	s, _, err := openTest(t, &testCluster{}, configMap, func(_ context.Context, dir, line string, e []string, stdout, stderr io.Writer) (int, error) {
		env = e
		if _, err := os.Stat(filepath.Join(dir, "base.yaml")); err != nil || line != "kubectl run nginx" || stdout != stderr {
			t.Errorf("line %q in %s: %v", line, dir, err)
		}
		_, _ = io.WriteString(stdout, deniedOutput)
		return 1, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	got, err := s.Run(t.Context(), 0, &out)
	if err != nil {
		t.Fatal(err)
	}
	want := Outcome{Exit: 1, Passed: true, Checks: []CheckResult{
		{OK: true, Title: "the request is denied by require-labels/check-team"},
		{OK: true, Title: "no pod nginx in default exists"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if out.String() != deniedOutput {
		t.Errorf("output %q", out.String())
	}
	if len(env) != 3 || env[0] != "KUBECONFIG=/kubeconfig" || !strings.HasPrefix(env[1], "KUBECACHEDIR=") {
		t.Errorf("environment %q", env)
	}
	again, err := s.Check(t.Context(), 0)
	if diff := cmp.Diff(want.Checks, again); diff != "" || err != nil {
		t.Errorf("checked again: %s, error %v", diff, err)
	}
}

// ending notes what a command had printed when it was said to have ended.
type ending struct {
	bytes.Buffer
	at []string
}

// Ended implements Ender.
func (e *ending) Ended() { e.at = append(e.at, e.String()) }

// TestEnder says that a writer learns that the command ended before its checks are waited for.
func TestEnder(t *testing.T) {
	s, _, err := openTest(t, &testCluster{}, configMap, func(_ context.Context, _, _ string, _ []string, stdout, _ io.Writer) (int, error) {
		_, _ = io.WriteString(stdout, deniedOutput)
		return 1, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	out := &ending{}
	if _, err := s.Run(t.Context(), 0, out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{deniedOutput}, out.at); diff != "" {
		t.Error(diff)
	}
}

func TestRunReadingSteps(t *testing.T) {
	s, _, err := openTest(t, &testCluster{}, configMap, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Run(t.Context(), 1, nil)
	want := Outcome{Passed: true, Checks: []CheckResult{{OK: true, Title: "the ConfigMap c in default exists"}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%s, error %v", diff, err)
	}
	got, err = s.Run(t.Context(), 2, nil)
	if diff := cmp.Diff(Outcome{Passed: true, Checks: []CheckResult{}}, got); diff != "" || err != nil {
		t.Errorf("%s, error %v", diff, err)
	}
}

// TestHints: every failure gives the next hint, the last one stays, and a reset starts again.
func TestHints(t *testing.T) {
	s, _, err := openTest(t, &testCluster{}, "", func(context.Context, string, string, []string, io.Writer, io.Writer) (int, error) {
		return 0, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var hints []string
	for i := range 4 {
		if i == 3 {
			if err := s.Reset(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		o, err := s.Run(t.Context(), 0, io.Discard)
		if err != nil || o.Passed {
			t.Fatalf("outcome %+v, error %v", o, err)
		}
		hints = append(hints, o.Hint)
	}
	if diff := cmp.Diff([]string{"first", "second", "second", "first"}, hints); diff != "" {
		t.Error(diff)
	}
}

func TestResetRestoresFiles(t *testing.T) {
	cluster := &testCluster{}
	s, _, err := openTest(t, cluster, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"base.yaml", "new.yaml"} {
		if err := os.WriteFile(filepath.Join(s.Dir(), name), []byte("changed"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(s.cache(), "discovery"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(s.Dir(), "base.yaml"))
	if err != nil || string(text) != "" {
		t.Errorf("file %q, error %v", text, err)
	}
	for _, gone := range []string{filepath.Join(s.Dir(), "new.yaml"), filepath.Join(s.cache(), "discovery")} {
		if _, err := os.Stat(gone); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there", gone)
		}
	}
	if len(cluster.resets) != 2 {
		t.Errorf("%d resets", len(cluster.resets))
	}
}

func TestRunErrors(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, _, err := openTest(t, &testCluster{}, "", func(ctx context.Context, _, _ string, _ []string, _, _ io.Writer) (int, error) {
		cancel()
		return 130, ctx.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(ctx, 0, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	for _, step := range []int{-1, 3} {
		if _, err := s.Run(t.Context(), step, io.Discard); err == nil {
			t.Errorf("step %d was run", step)
		}
		if _, err := s.Check(t.Context(), step); err == nil {
			t.Errorf("step %d was checked", step)
		}
	}
	results, err := s.Check(t.Context(), 0)
	if err != nil || results[0].Missing != notRun {
		t.Errorf("a cancelled step counts as run: %+v, error %v", results, err)
	}
}

func TestRecorder(t *testing.T) {
	var shown bytes.Buffer
	r := &recorder{to: &shown}
	big := bytes.Repeat([]byte("x"), maxRecord-1)
	for _, p := range [][]byte{big, []byte("abc"), []byte("def")} {
		if n, err := r.Write(p); n != len(p) || err != nil {
			t.Fatalf("wrote %d: %v", n, err)
		}
	}
	if shown.Len() != maxRecord+5 || len(r.String()) != maxRecord || !strings.HasSuffix(r.String(), "xa") {
		t.Errorf("%d bytes shown, %d kept", shown.Len(), len(r.String()))
	}
}
