package pss_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"

	"podsec/engine/pss"
)

// changingVersions are those at which a control changes, and the newest that has fixtures: all that a short run looks at.
var changingVersions = []string{
	"v1.0", "v1.7", "v1.8", "v1.18", "v1.19", "v1.21", "v1.22", "v1.23", "v1.25", "v1.27", "v1.29", "v1.31", "v1.32",
	"v1.34", "v1.35",
}

// TestUpstreamFixtures evaluates the pods that Kubernetes tests Pod Security Admission with. Kyverno's verdict may
// differ from upstream's in three ways only: controls judge by their first revision also before it, a host in a probe
// is refused at every version, and a user namespace relaxes nothing.
func TestUpstreamFixtures(t *testing.T) {
	root := fixtures(t)
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	first := firstRevisions()
	for _, level := range []string{"baseline", "restricted"} {
		for _, version := range fixtureVersions(t, root, level) {
			t.Run(level+"/"+version, func(t *testing.T) {
				lv := api.LevelVersion{Level: api.Level(level), Version: parse(t, version)}
				for file, pod := range pods(t, filepath.Join(root, level, version)) {
					upstream := policy.AggregateCheckResults(evaluator.EvaluatePod(lv, &pod.ObjectMeta, &pod.Spec))
					ours, err := pss.Evaluate(pss.Rule{Level: level, Version: version}, &pod.ObjectMeta, &pod.Spec, "spec")
					if err != nil {
						t.Fatal(err)
					}
					if !upstream.Allowed && ours.Allowed {
						t.Errorf("%s: passes, upstream says %s", file, upstream.ForbiddenDetail())
					}
					if upstream.Allowed && !explained(ours, lv.Version, first, pod) {
						t.Errorf("%s: %s", file, ours.Message("r"))
					}
					checkFields(t, file, ours)
				}
			})
		}
	}
}

// explained says whether every violation of a pod that upstream allows is one of the known differences.
func explained(ours pss.Result, version api.Version, first map[string]api.Version, pod *corev1.Pod) bool {
	inUserNamespace := pod.Spec.HostUsers != nil && !*pod.Spec.HostUsers
	return !slices.ContainsFunc(ours.Violations, func(v pss.Violation) bool {
		relaxed := v.ID == "procMount" || v.ID == "runAsNonRoot" || v.ID == "runAsUser"
		return !version.Older(first[v.ID]) && !(inUserNamespace && relaxed)
	})
}

// checkFields asserts what the interface counts on: each violation names fields, with allowed values or a found one.
func checkFields(t *testing.T, file string, result pss.Result) {
	t.Helper()
	for _, v := range result.Violations {
		if v.Control == "" || v.Reason == "" || v.Detail == "" || v.Since == "" || v.Level == "" {
			t.Errorf("%s: incomplete violation %+v", file, v)
		}
		if len(v.Fields) == 0 {
			t.Errorf("%s: %s names no field", file, v.ID)
		}
		for _, f := range v.Fields {
			silent := f.Message == "" && v.ID == "hostProbesAndHostLifecycle"
			if f.Path == "" || !silent && !strings.HasPrefix(f.Message, f.Path) {
				t.Errorf("%s: %s: message %q does not start with path %q", file, v.ID, f.Message, f.Path)
			}
		}
	}
}

func firstRevisions() map[string]api.Version {
	first := map[string]api.Version{}
	for _, check := range policy.DefaultChecks() {
		first[string(check.ID)] = check.Versions[0].MinimumVersion
	}
	return first
}

func parse(t *testing.T, version string) api.Version {
	t.Helper()
	v, err := api.ParseVersion(version)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// fixtures returns where the pod-security-admission module keeps its test pods.
func fixtures(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", "k8s.io/pod-security-admission/api").Output()
	if err != nil {
		t.Skipf("find the pod-security-admission module: %v", err)
	}
	root := filepath.Join(filepath.Dir(strings.TrimSpace(string(out))), "test", "testdata")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("the module comes without test data: %v", err)
	}
	return root
}

// fixtureVersions returns the versions that have fixtures for a level.
func fixtureVersions(t *testing.T, root, level string) []string {
	t.Helper()
	if testing.Short() {
		return changingVersions
	}
	folders, err := os.ReadDir(filepath.Join(root, level))
	if err != nil || len(folders) < len(changingVersions) {
		t.Fatalf("%d versions have fixtures: %v", len(folders), err)
	}
	var versions []string
	for _, folder := range folders {
		versions = append(versions, folder.Name())
	}
	return versions
}

func pods(t *testing.T, dir string) map[string]*corev1.Pod {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures in %s: %v", dir, err)
	}
	out := map[string]*corev1.Pod{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pod := &corev1.Pod{}
		if err := yaml.Unmarshal(data, pod); err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(file)] = pod
	}
	return out
}
