package pss

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// evaluator is upstream's, with every check of this version of Kubernetes.
var evaluator = sync.OnceValues(func() (policy.Evaluator, error) {
	return policy.NewEvaluator(policy.DefaultChecks(), nil)
})

// Admission is the verdict of Pod Security Admission on a pod.
type Admission struct {
	Result
	// Detail is upstream's list of reasons, as it follows `violates PodSecurity "restricted:latest": `.
	Detail string
}

// EvaluateAdmission judges a pod as Pod Security Admission does: with upstream's checks alone, of which none applies
// before the version that introduced it. meta, spec and pathPrefix are Evaluate's. Violations name the same fields as
// Evaluate's where Kyverno knows the control. The error is a level or a version that cannot be parsed.
func EvaluateAdmission(level, version string, meta *metav1.ObjectMeta, spec *corev1.PodSpec, pathPrefix string) (Admission, error) {
	parsedLevel, err := api.ParseLevel(level)
	if err != nil {
		return Admission{}, fmt.Errorf("parse pod security level %q: %w", level, err)
	}
	parsedVersion, err := parseVersion(version)
	if err != nil {
		return Admission{}, fmt.Errorf("parse pod security version %q: %w", version, err)
	}
	upstream, err := evaluator()
	if err != nil {
		return Admission{}, fmt.Errorf("load pod security checks: %w", err)
	}
	levelVersion := api.LevelVersion{Level: parsedLevel, Version: parsedVersion}
	verdict := policy.AggregateCheckResults(upstream.EvaluatePod(levelVersion, meta, spec))
	out := Admission{Result: Result{Allowed: verdict.Allowed, Level: level, Version: parsedVersion.String()}}
	if verdict.Allowed {
		return out, nil
	}
	out.Detail = verdict.ForbiddenDetail()
	for _, f := range admissionFindings(levelVersion, subject{meta: meta, spec: spec}) {
		out.Violations = append(out.Violations, f.violation(subject{meta: meta, spec: spec}, pathPrefix))
	}
	return out, nil
}

// admissionFindings are the checks that forbid the pod, one by one: upstream's evaluator does not say which they are.
func admissionFindings(lv api.LevelVersion, pod subject) []finding {
	overridden := map[policy.CheckID]bool{}
	var selected []*control
	for _, check := range policy.DefaultChecks() {
		if check.Level == api.LevelRestricted && lv.Level != api.LevelRestricted || lv.Version.Older(check.Versions[0].MinimumVersion) {
			continue
		}
		c := &control{check: check, name: otherNames[check.ID], fields: fieldFinders[check.ID]}
		for _, id := range c.revision(lv.Version).OverrideCheckIDs {
			overridden[id] = true
		}
		selected = append(selected, c)
	}
	// Upstream's order: baseline before restricted, each by ID.
	slices.SortFunc(selected, func(a, b *control) int {
		return cmp.Or(cmp.Compare(a.check.Level, b.check.Level), cmp.Compare(a.check.ID, b.check.ID))
	})
	var out []finding
	for _, c := range selected {
		revision := c.revision(lv.Version)
		if overridden[c.check.ID] {
			continue
		}
		verdict := revision.CheckPod(pod.meta, pod.spec)
		if verdict.Allowed {
			continue
		}
		f := finding{control: c, since: revision.MinimumVersion, reason: verdict.ForbiddenReason, detail: verdict.ForbiddenDetail}
		if c.fields != nil {
			f.errs = c.fields(pod, revision.MinimumVersion)
		}
		out = append(out, f)
	}
	return out
}
