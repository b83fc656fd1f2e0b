package kyverno

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	chart "podsec/assets/kyverno"
	"podsec/kube/sim/kinds"
)

var update = flag.Bool("update", false, "write what the code gives into the golden files")

// chartDiscovery knows what a cluster with Kyverno serves.
func chartDiscovery(t testing.TB) *discovery {
	t.Helper()
	d := newDiscovery(kinds.All())
	definitions, err := chart.CRDs()
	if err != nil {
		t.Fatal(err)
	}
	for _, definition := range definitions {
		d.set(definition.GetName(), definition)
	}
	return d
}

// chartBuilder builds for the controller as the chart installs it.
func chartBuilder(t testing.TB, name string) webhookBuilder {
	t.Helper()
	controller, ok := parseDeployment(chartObject(t, "Deployment", name))
	if !ok {
		t.Fatalf("%s is not recognised", name)
	}
	return webhookBuilder{config: parseConfig(chartObject(t, "ConfigMap", "kyverno")), controller: controller}
}

// parsePolicies compiles the policies of a YAML file.
func parsePolicies(t testing.TB, data string) []*policy {
	t.Helper()
	set := newPolicySet()
	for document := range strings.SplitSeq(data, "\n---\n") {
		var content map[string]any
		if err := yaml.Unmarshal([]byte(document), &content); err != nil {
			t.Fatal(err)
		}
		object := &unstructured.Unstructured{Object: jsonNumbers(content).(map[string]any)}
		gvr := clusterPolicies
		if object.GetKind() == "Policy" {
			gvr = namespacePolicies
		}
		if _, err := set.set(gvr, nil, object); err != nil {
			t.Fatal(err)
		}
	}
	return set.list(nil)
}

// jsonNumbers turns the numbers that YAML gives into those of stored objects.
func jsonNumbers(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for name, field := range value {
			value[name] = jsonNumbers(field)
		}
	case []any:
		for i, item := range value {
			value[i] = jsonNumbers(item)
		}
	case float64:
		if value == float64(int64(value)) {
			return int64(value)
		}
	}
	return value
}

// TestResourceWebhooks compares the configurations that the policies of a case need with the wanted ones.
func TestResourceWebhooks(t *testing.T) {
	files, err := filepath.Glob("testdata/webhooks/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	d := chartDiscovery(t)
	builder := chartBuilder(t, "kyverno-admission-controller")
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			policies := parsePolicies(t, string(archive.Files[0].Data))
			got := map[string]string{
				"validating": webhooksYAML(t, builder.resourceValidating(policies, d)),
				"mutating":   webhooksYAML(t, builder.resourceMutating(policies, d)),
			}
			if *update {
				archive.Files = append(archive.Files[:1], txtar.File{Name: "validating", Data: []byte(got["validating"])}, txtar.File{Name: "mutating", Data: []byte(got["mutating"])})
				if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			for _, want := range archive.Files[1:] {
				if diff := cmp.Diff(string(want.Data), got[want.Name]); diff != "" {
					t.Errorf("%s:\n%s", want.Name, diff)
				}
			}
		})
	}
}

// webhooksYAML is the part of a configuration that depends on policies.
func webhooksYAML(t *testing.T, typed any) string {
	t.Helper()
	object, _, err := webhookObject(typed)
	if err != nil {
		t.Fatal(err)
	}
	webhooks := objects(object.Object, "webhooks")
	for _, w := range webhooks {
		for _, same := range []string{"admissionReviewVersions", "sideEffects", "matchPolicy", "namespaceSelector", "objectSelector", "reinvocationPolicy"} {
			delete(w, same)
		}
		w["path"] = nested(w, "clientConfig", "service")["path"]
		delete(w, "clientConfig")
	}
	data, err := yaml.Marshal(webhooks)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestStaticWebhooks checks the configurations that do not depend on policies: which there are, and how each is called.
func TestStaticWebhooks(t *testing.T) {
	type entry struct{ Kind, Config, Webhook, Service, Path, FailurePolicy string }
	var got []entry
	static := append(chartBuilder(t, "kyverno-admission-controller").admissionStatic(), chartBuilder(t, "kyverno-cleanup-controller").cleanupStatic()...)
	for _, typed := range static {
		object, _, err := webhookObject(typed)
		if err != nil {
			t.Fatal(err)
		}
		webhooks := objects(object.Object, "webhooks")
		if len(webhooks) != 1 || object.GetLabels()[managedByLabel] != "kyverno" || object.GetAnnotations()["admissions.enforcer/disabled"] != "true" {
			t.Errorf("%s: %d webhooks, metadata %v", object.GetName(), len(webhooks), object.Object["metadata"])
		}
		w := webhooks[0]
		service := nested(w, "clientConfig", "service")
		got = append(got, entry{object.GetKind()[:8], object.GetName(), text(w, "name"), text(service, "namespace") + "/" + text(service, "name"), text(service, "path"), text(w, "failurePolicy")})
	}
	want := []entry{
		{"Validati", "kyverno-policy-validating-webhook-cfg", "validate-policy.kyverno.svc", "kyverno/kyverno-svc", "/policyvalidate", "Fail"},
		{"Mutating", "kyverno-policy-mutating-webhook-cfg", "mutate-policy.kyverno.svc", "kyverno/kyverno-svc", "/policymutate", "Fail"},
		{"Mutating", "kyverno-verify-mutating-webhook-cfg", "monitor-webhooks.kyverno.svc", "kyverno/kyverno-svc", "/verifymutate", "Ignore"},
		{"Validati", "kyverno-exception-validating-webhook-cfg", "kyverno-svc.kyverno.svc", "kyverno/kyverno-svc", "/exceptionvalidate", "Fail"},
		{"Validati", "kyverno-cel-exception-validating-webhook-cfg", "kyverno-svc.kyverno.svc", "kyverno/kyverno-svc", "/celexception/validate", "Fail"},
		{"Validati", "kyverno-global-context-validating-webhook-cfg", "kyverno-svc.kyverno.svc", "kyverno/kyverno-svc", "/globalcontextvalidate", "Fail"},
		{"Validati", "kyverno-cleanup-validating-webhook-cfg", "kyverno-cleanup-controller.kyverno.svc", "kyverno/kyverno-cleanup-controller", "/validate", "Fail"},
		{"Validati", "kyverno-ttl-validating-webhook-cfg", "kyverno-cleanup-controller.kyverno.svc", "kyverno/kyverno-cleanup-controller", "/verifyttl", "Ignore"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
