package pss_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"podsec/engine/pss"
)

// TestEvaluateAdmission holds Pod Security Admission's verdict to upstream's on the pods that Kubernetes tests it with:
// the same reasons, and a field for each of them where Kyverno's standard knows the control.
func TestEvaluateAdmission(t *testing.T) {
	root := fixtures(t)
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, level := range []string{"baseline", "restricted"} {
		for _, version := range fixtureVersions(t, root, level) {
			lv := api.LevelVersion{Level: api.Level(level), Version: parse(t, version)}
			for file, pod := range pods(t, filepath.Join(root, level, version)) {
				want := policy.AggregateCheckResults(evaluator.EvaluatePod(lv, &pod.ObjectMeta, &pod.Spec))
				got, err := pss.EvaluateAdmission(level, version, &pod.ObjectMeta, &pod.Spec, "spec")
				if err != nil {
					t.Fatal(err)
				}
				if got.Allowed != want.Allowed || got.Detail != want.ForbiddenDetail() {
					t.Errorf("%s %s %s: got %t %s", level, version, file, got.Allowed, got.Detail)
				}
				if diff := cmp.Diff(want.ForbiddenReasons, reasons(got)); diff != "" {
					t.Errorf("%s %s %s: reasons (-upstream +ours):\n%s", level, version, file, diff)
				}
				checkAdmissionFields(t, file, got.Result)
			}
		}
	}
}

func reasons(a pss.Admission) []string {
	var out []string
	for _, v := range a.Violations {
		out = append(out, v.Reason)
	}
	return out
}

// checkAdmissionFields is checkFields but for controls that are newer than Kyverno's standard.
func checkAdmissionFields(t *testing.T, file string, result pss.Result) {
	t.Helper()
	result.Violations = slices.DeleteFunc(slices.Clone(result.Violations), func(v pss.Violation) bool {
		return v.ID == "procMount_restricted"
	})
	checkFields(t, file, result)
}

func TestEvaluateAdmissionRefuses(t *testing.T) {
	for _, test := range []struct{ level, version, want string }{
		{"strict", "latest", `parse pod security level "strict"`},
		{"baseline", "1.24", `parse pod security version "1.24"`},
	} {
		_, err := pss.EvaluateAdmission(test.level, test.version, nil, nil, "spec")
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: got %v", test, err)
		}
	}
}
