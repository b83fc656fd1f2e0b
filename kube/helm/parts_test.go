package helm

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestRolledOut(t *testing.T) {
	for name, test := range map[string]struct {
		object string
		want   bool
	}{
		"available":            {`{"metadata":{"generation":2},"spec":{"replicas":3},"status":{"observedGeneration":2,"availableReplicas":3}}`, true},
		"one missing":          {`{"metadata":{"generation":2},"spec":{"replicas":3},"status":{"observedGeneration":2,"availableReplicas":2}}`, false},
		"not looked at":        {`{"metadata":{"generation":2},"spec":{"replicas":1},"status":{"observedGeneration":1,"availableReplicas":1}}`, false},
		"no status":            {`{"metadata":{"generation":1},"spec":{"replicas":1}}`, false},
		"replicas not set":     {`{"metadata":{"generation":1},"spec":{},"status":{"observedGeneration":1,"availableReplicas":1}}`, true},
		"scaled to zero":       {`{"metadata":{"generation":1},"spec":{"replicas":0},"status":{"observedGeneration":1}}`, true},
		"replicas not set yet": {`{"metadata":{"generation":1},"spec":{},"status":{"observedGeneration":1}}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := rolledOut(object(t, test.object)); got != test.want {
				t.Errorf("rolledOut is %v", got)
			}
		})
	}
}

func TestCheckOwner(t *testing.T) {
	const (
		label = `"labels":{"app.kubernetes.io/managed-by":"Helm"}`
		mine  = `"meta.helm.sh/release-name":"kyverno","meta.helm.sh/release-namespace":"kyverno"`
	)
	for name, test := range map[string]struct{ metadata, want string }{
		"the release's": {label + `,"annotations":{` + mine + `}`, ""},
		"nobody's": {``, `invalid ownership metadata; label validation error: missing key "app.kubernetes.io/managed-by": must be set to "Helm"; ` +
			`annotation validation error: missing key "meta.helm.sh/release-name": must be set to "kyverno"; ` +
			`annotation validation error: missing key "meta.helm.sh/release-namespace": must be set to "kyverno"`},
		"another release's": {label + `,"annotations":{"meta.helm.sh/release-name":"other","meta.helm.sh/release-namespace":"kyverno"}`,
			`invalid ownership metadata; annotation validation error: key "meta.helm.sh/release-name" must equal "kyverno": current value is "other"`},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if err := checkOwner(object(t, `{"metadata":{`+test.metadata+`}}`)); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// TestEncode: a definition's specification is put back in its place, and the shared object stays as it was.
func TestEncode(t *testing.T) {
	head := object(t, `{"apiVersion":"v1","kind":"Thing","metadata":{"name":"a"}}`)
	for name, test := range map[string]struct {
		resource      resource
		version, want string
	}{
		"whole":                {resource{head, nil}, "", `{"apiVersion":"v1","kind":"Thing","metadata":{"name":"a"}}`},
		"with a specification": {resource{head, json.RawMessage(`{"b":1}`)}, "", `{"apiVersion":"v1","kind":"Thing","metadata":{"name":"a"},"spec":{"b":1}}`},
		"at a version":         {resource{head, json.RawMessage(`{}`)}, "7", `{"apiVersion":"v1","kind":"Thing","metadata":{"name":"a","resourceVersion":"7"},"spec":{}}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := test.resource.encode(test.version)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Errorf("encoded (-want +got):\n%s", diff)
			}
		})
	}
	if head.GetResourceVersion() != "" {
		t.Error("encoding at a version changed the object")
	}
}

func TestGroups(t *testing.T) {
	var all []*unstructured.Unstructured
	for _, name := range []string{"Deployment/d", "Service/s", "ServiceAccount/a", "Deployment/e", "CustomResourceDefinition/c"} {
		kind, name, _ := strings.Cut(name, "/")
		all = append(all, object(t, `{"kind":"`+kind+`","metadata":{"name":"`+name+`"}}`))
	}
	var got []string
	for _, group := range groups(all) {
		var names []string
		for _, object := range group {
			names = append(names, object.GetName())
		}
		got = append(got, strings.Join(names, " "))
	}
	if diff := cmp.Diff([]string{"a", "c", "s", "d e"}, got); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if all[0].GetName() != "d" {
		t.Error("grouping reordered the caller's slice")
	}
}

// TestSettings sets every value that the stand-in knows, once well and once badly, and looks for it in the objects.
func TestSettings(t *testing.T) {
	for key, test := range map[string]struct{ good, trace, bad string }{
		"admissionController.replicas":                  {"3", `"replicas":3`, "-1"},
		"backgroundController.replicas":                 {"4", `"replicas":4`, "many"},
		"cleanupController.replicas":                    {"5", `"replicas":5`, "1.5"},
		"reportsController.replicas":                    {"6", `"replicas":6`, ""},
		"features.policyExceptions.enabled":             {"true", `"--enablePolicyException=true"`, "perhaps"},
		"features.policyExceptions.namespace":           {"ns", `"--exceptionNamespace=ns"`, ""},
		"features.backgroundScan.enabled":               {"false", `"--backgroundScan=false"`, "no"},
		"features.backgroundScan.backgroundScanWorkers": {"9", `"--backgroundScanWorkers=9"`, "few"},
		"features.backgroundScan.skipResourceFilters":   {"false", `"--skipResourceFilters=false"`, "?"},
		"features.logging.verbosity":                    {"5", `"--v=5"`, "loud"},
	} {
		t.Run(key, func(t *testing.T) {
			resources, err := render(values{key: test.good})
			if err != nil {
				t.Fatal(err)
			}
			data, err := json.Marshal(deployments(objects(resources)))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(data), test.trace) {
				t.Errorf("no %s in the Deployments", test.trace)
			}
			if test.bad == "" {
				return
			}
			if _, err := render(values{key: test.bad}); err == nil || !strings.HasPrefix(err.Error(), "value "+key+": ") {
				t.Errorf("%q: error is %v", test.bad, err)
			}
		})
	}
	if len(settings) != 10 {
		t.Errorf("%d settings, of which 10 are tried", len(settings))
	}
}

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	object := &unstructured.Unstructured{}
	if err := json.Unmarshal([]byte(text), &object.Object); err != nil {
		t.Fatal(err)
	}
	for _, path := range [][]string{
		{"metadata", "generation"}, {"spec", "replicas"}, {"status", "observedGeneration"}, {"status", "availableReplicas"},
	} {
		if n, found, _ := unstructured.NestedFloat64(object.Object, path...); found {
			if err := unstructured.SetNestedField(object.Object, int64(n), path...); err != nil {
				t.Fatal(err)
			}
		}
	}
	return object
}
