package helm

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestSelects(t *testing.T) {
	for constraint, want := range map[string]bool{
		"": true, "3.9.1": true, "v3.9.1": true, "3.9": true, "3": true, "3.x": true, "3.9.*": true, "*": true,
		"3.9.2": false, "3.8": false, "2": false, "3.9.1.0": false, "3.9.1-rc.1": false,
	} {
		if got := selects(constraint, "3.9.1"); got != want {
			t.Errorf("selects(%q) = %v", constraint, got)
		}
	}
}

// TestForeignManifest: a record that the real Helm wrote holds block YAML, with several lines of comment.
func TestForeignManifest(t *testing.T) {
	record := release{Name: "kyverno", Manifest: `---
# Source: kyverno/templates/config/configmap.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: kyverno
  namespace: kyverno
  annotations:
    helm.sh/resource-policy: "keep"
data: {key: "{\n{"}
---
# Source: kyverno/templates/empty.yaml
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: one, namespace: kyverno}
`}
	objects, err := record.objects()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, object := range objects {
		got = append(got, id(object)+" "+object.GetAnnotations()[resourcePolicy])
	}
	if diff := cmp.Diff([]string{"ConfigMap/kyverno/kyverno keep", "Deployment/kyverno/one "}, got); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	record.Manifest = "kind: ["
	if _, err := record.objects(); err == nil {
		t.Error("a broken manifest is accepted")
	}
}

func TestDecodeDamaged(t *testing.T) {
	for _, data := range []string{"", "plain", "H4sIAAAAAAAA/w=="} {
		if _, err := decode([]byte(data)); err == nil {
			t.Errorf("decode(%q) accepts it", data)
		}
	}
}

func TestValues(t *testing.T) {
	set, err := parseValues([]string{"admissionController.replicas=3,features.policyExceptions.enabled=true", "features.policyExceptions.namespace=exceptions"})
	if err != nil {
		t.Fatal(err)
	}
	resources, err := render(set)
	if err != nil {
		t.Fatal(err)
	}
	admission := deployments(objects(resources))[0]
	if replicas, _, _ := unstructured.NestedInt64(admission.Object, "spec", "replicas"); replicas != 3 {
		t.Errorf("%d replicas, want 3", replicas)
	}
	containers, _, _ := unstructured.NestedSlice(admission.Object, "spec", "template", "spec", "containers")
	args := containers[0].(map[string]any)["args"].([]any)
	at := slices.Index(args, any("--enablePolicyException=true"))
	if at < 0 || args[at+1] != "--exceptionNamespace=exceptions" {
		t.Errorf("arguments are %v", args)
	}
	want := map[string]any{
		"admissionController": map[string]any{"replicas": "3"},
		"features":            map[string]any{"policyExceptions": map[string]any{"enabled": "true", "namespace": "exceptions"}},
	}
	if diff := cmp.Diff(want, set.tree()); diff != "" {
		t.Errorf("recorded values (-want +got):\n%s", diff)
	}
	plain, err := render(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, found, _ := unstructured.NestedInt64(deployments(objects(plain))[0].Object, "spec", "replicas"); found {
		t.Error("the values of one release show in the next")
	}
}

// TestPack: a record is read back as it was written, before and after its status changed.
func TestPack(t *testing.T) {
	record := release{Name: "kyverno", Version: 1, Manifest: "---\n# \"quoted\"\n{\"a\":1}\n", Info: info{Status: "pending-install"}}
	for _, status := range []string{"pending-install", "deployed"} {
		record.Info.Status = status
		secret, err := record.secret("createdAt", time.Unix(7, 0))
		if err != nil {
			t.Fatal(err)
		}
		got, err := decode(secret.Data["release"])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&record, got, cmpopts.IgnoreUnexported(release{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", status, diff)
		}
	}
}
