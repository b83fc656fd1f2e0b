package helm_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const installed = "NAME: kyverno\nLAST DEPLOYED: Wed Mar  4 05:06:07 2026\nNAMESPACE: kyverno\nSTATUS: deployed\nREVISION: 1\n" +
	"DESCRIPTION: Install complete\nTEST SUITE: None\n"

// TestLifeOfARelease installs, looks, removes, and installs again over what was kept.
func TestLifeOfARelease(t *testing.T) {
	api, config := startAPI(t)
	b := bench{t: t, home: t.TempDir(), config: config}
	b.run(add)
	b.expect("list -A", 0, "NAME\tNAMESPACE\tREVISION\tUPDATED\tSTATUS\tCHART\tAPP VERSION\n")
	b.expect(install, 0, installed+"NOTES:\nKyverno v1.19.1 is in the cluster (chart 3.9.1)…")
	if got := len(api.names("/customresourcedefinitions/")); got != 22 {
		t.Errorf("%d definitions, want 22", got)
	}
	if diff := cmp.Diff([]string{"admission", "background", "cleanup", "reports"}, controllers(api)); diff != "" {
		t.Errorf("controllers (-want +got):\n%s", diff)
	}
	checkRelease(t, api)

	b.expect("list -n kyverno", 0, "NAME   \tNAMESPACE\tREVISION\tUPDATED                      \tSTATUS  \tCHART        \tAPP VERSION\n"+
		"kyverno\tkyverno  \t1       \t2026-03-04 05:06:07 +0000 UTC\tdeployed\tkyverno-3.9.1\tv1.19.1    \n")
	b.expect("list", 0, "NAME\tNAMESPACE\tREVISION\tUPDATED\tSTATUS\tCHART\tAPP VERSION\n")
	b.expect("list -A -q", 0, "kyverno\n")
	b.expect("list -A -q -o json", 0, "[\"kyverno\"]\n")
	b.expect("status kyverno -n kyverno", 0, installed+"NOTES:\n…")
	b.expect("status kyverno", 1, "Error: release: not found\n")
	b.expect(install, 1, "Error: INSTALLATION FAILED: release name check failed: cannot reuse a name that is still in use\n")

	b.expect("uninstall kyverno --namespace kyverno --dry-run", 0, "These resources were kept due to the resource policy:\n[ConfigMap] kyverno\n\nrelease \"kyverno\" uninstalled\n")
	if got := len(api.names("/deployments/")); got != 4 {
		t.Errorf("a dry run left %d Deployments", got)
	}
	b.expect("uninstall kyverno --namespace kyverno", 0, "These resources were kept due to the resource policy:\n[ConfigMap] kyverno\n\nrelease \"kyverno\" uninstalled\n")
	want := []string{"/api/v1/namespaces/kyverno", "/api/v1/namespaces/kyverno/configmaps/kyverno"}
	if diff := cmp.Diff(want, api.names("")); diff != "" {
		t.Errorf("left behind (-want +got):\n%s", diff)
	}
	b.expect("uninstall kyverno -n kyverno", 1, "Error: uninstall: Release not loaded: kyverno: release: not found\n")
	b.expect("uninstall kyverno -n kyverno --ignore-not-found", 0, "release \"kyverno\" uninstalled\n")
	b.expect(install+" --hide-notes", 0, installed)
}

// TestHooks checks which webhook configurations the command itself removes: none without hooks, else the mutating ones. The
// first command is the one of the 2023 post: the release goes, and then its second word is no release.
func TestHooks(t *testing.T) {
	for flags, left := range map[string][]string{
		" kyverno/kyverno": {"validatingwebhookconfigurations/kyverno-resource"},
		" --no-hooks":      {"mutatingwebhookconfigurations/kyverno-resource", "validatingwebhookconfigurations/kyverno-resource"},
	} {
		t.Run("uninstall"+flags, func(t *testing.T) {
			api, config := startAPI(t)
			b := bench{t: t, home: t.TempDir(), config: config}
			b.run(add)
			b.run(install)
			for _, kind := range []string{"mutating", "validating"} {
				api.objects["/apis/admissionregistration.k8s.io/v1/"+kind+"webhookconfigurations/kyverno-resource"] = map[string]any{
					"metadata": map[string]any{"name": "kyverno-resource", "labels": map[string]any{"webhook.kyverno.io/managed-by": "kyverno"}},
				}
			}
			hooks := flags != " --no-hooks"
			code, output := b.run("uninstall kyverno --namespace kyverno" + flags)
			wantCode, want := 0, "These resources were kept due to the resource policy:\n[ConfigMap] kyverno\n\nrelease \"kyverno\" uninstalled\n"
			if hooks {
				wantCode, want = 1, want+"Error: uninstall: Release name is invalid: kyverno/kyverno\n"
			}
			if diff := cmp.Diff(want, output); diff != "" || code != wantCode {
				t.Errorf("exit %d, output (-want +got):\n%s", code, diff)
			}
			var got []string
			for _, path := range api.names("webhookconfigurations/") {
				got = append(got, strings.TrimPrefix(path, "/apis/admissionregistration.k8s.io/v1/"))
			}
			if diff := cmp.Diff(left, got); diff != "" {
				t.Errorf("left behind (-want +got):\n%s", diff)
			}
			scaled := slices.ContainsFunc(api.writes, func(write string) bool {
				return strings.HasPrefix(write, "PATCH") && strings.HasSuffix(write, "/deployments/kyverno-admission-controller")
			})
			if scaled != hooks {
				t.Errorf("scaled to zero first: %v, want %v", scaled, hooks)
			}
		})
	}
}

// TestForeignObject: what somebody else made is not taken over, and nothing is created before that is known.
func TestForeignObject(t *testing.T) {
	api, config := startAPI(t)
	api.objects["/apis/rbac.authorization.k8s.io/v1/clusterroles/kyverno:admission-controller"] = map[string]any{
		"kind": "ClusterRole", "apiVersion": "rbac.authorization.k8s.io/v1",
		"metadata": map[string]any{"name": "kyverno:admission-controller", "labels": map[string]any{"app.kubernetes.io/managed-by": "me"}},
	}
	b := bench{t: t, home: t.TempDir(), config: config}
	b.run(add)
	b.expect(install, 1, "Error: INSTALLATION FAILED: unable to continue with install: ClusterRole \"kyverno:admission-controller\" in namespace \"\" exists and cannot be imported into the current release: "+
		"invalid ownership metadata; label validation error: key \"app.kubernetes.io/managed-by\" must equal \"Helm\": current value is \"me\"; "+
		"annotation validation error: missing key \"meta.helm.sh/release-name\": must be set to \"kyverno\"; "+
		"annotation validation error: missing key \"meta.helm.sh/release-namespace\": must be set to \"kyverno\"\n")
	if len(api.writes) > 0 {
		t.Errorf("written all the same: %v", api.writes)
	}
}

// TestWaitGivesUp: no controller runs here, so the Deployments never become available.
func TestWaitGivesUp(t *testing.T) {
	_, config := startAPI(t)
	b := bench{t: t, home: t.TempDir(), config: config}
	b.run(add)
	b.expect(install+" --wait --timeout 10ms", 1, "Error: INSTALLATION FAILED: resources not ready after 10ms: context deadline exceeded\n")
	b.expect("list -A -o yaml", 0, "- app_version: v1.19.1\n  chart: kyverno-3.9.1\n  name: kyverno\n  namespace: kyverno\n  revision: \"1\"\n  status: failed\n…")
}

func controllers(api *fakeAPI) (names []string) {
	for _, path := range api.names("/deployments/kyverno-") {
		name := path[strings.LastIndex(path, "/kyverno-")+len("/kyverno-"):]
		names = append(names, strings.TrimSuffix(name, "-controller"))
	}
	return names
}

// checkRelease looks at what Helm leaves on the objects and in the record.
func checkRelease(t *testing.T, api *fakeAPI) {
	t.Helper()
	for _, path := range api.names("") {
		object := &unstructured.Unstructured{Object: api.objects[path]}
		if kind := object.GetKind(); kind == "Namespace" || kind == "Secret" {
			continue
		}
		annotations := object.GetAnnotations()
		if annotations["meta.helm.sh/release-name"] != "kyverno" || annotations["meta.helm.sh/release-namespace"] != "kyverno" || object.GetLabels()["app.kubernetes.io/managed-by"] != "Helm" {
			t.Errorf("%s is not marked as the release's", path)
		}
	}
	record := &unstructured.Unstructured{Object: api.objects["/api/v1/namespaces/kyverno/secrets/sh.helm.release.v1.kyverno.v1"]}
	want := map[string]string{"modifiedAt": "1772600767", "name": "kyverno", "owner": "helm", "status": "deployed", "version": "1"}
	if diff := cmp.Diff(want, record.GetLabels()); diff != "" {
		t.Errorf("the record's labels (-want +got):\n%s", diff)
	}
	if kind, _, _ := unstructured.NestedString(record.Object, "type"); kind != "helm.sh/release.v1" {
		t.Errorf("the record's type is %q", kind)
	}
}
