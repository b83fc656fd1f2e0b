package pss

import (
	"fmt"

	"github.com/kyverno/kyverno/pkg/pss/utils"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
)

// Rule is the validate.podSecurity block of a policy's rule.
type Rule struct {
	Level   string // "baseline", "restricted" or "privileged"
	Version string // "v1.24", "latest"; "" is latest
	Exclude []Exclude
}

// Evaluate judges a pod. meta and spec are those of the pod or of a controller's pod template (see PodOf), pathPrefix is
// where the spec is in the resource: "spec", "spec.template.spec" or "spec.jobTemplate.spec.template.spec".
//
// As in Kyverno, any level but baseline enforces every control (privileged too), and a version older than a control's
// first revision is judged by that first revision. The error is a version that cannot be parsed.
func Evaluate(rule Rule, meta *metav1.ObjectMeta, spec *corev1.PodSpec, pathPrefix string) (Result, error) {
	version, err := parseVersion(rule.Version)
	if err != nil {
		return Result{}, fmt.Errorf("parse pod security api version: %w", err)
	}
	pod := subject{meta: meta, spec: spec}
	found := findings(rule.Level, version, pod)
	for _, exclude := range rule.Exclude {
		found = exclude.apply(found, pod, func(p subject) []finding { return findings(rule.Level, version, p) })
	}
	result := Result{Allowed: len(found) == 0, Level: rule.Level, Version: rule.Version}
	for _, f := range found {
		result.Violations = append(result.Violations, f.violation(pod, pathPrefix))
	}
	return result, nil
}

func parseVersion(version string) (api.Version, error) {
	if version == "" {
		return api.LatestVersion(), nil
	}
	return api.ParseVersion(version)
}

// finding is a control that forbids the pod, with the field errors in terms of a pod ("spec.containers[0]…").
type finding struct {
	control *control
	since   api.Version
	reason  string
	detail  string
	errs    []fieldError
}

// findings runs every control of the level and version over the pod, in the order in which Kyverno reports them.
func findings(level string, version api.Version, pod subject) []finding {
	var out []finding
	for _, c := range controls() {
		if level == string(api.LevelBaseline) && c.check.Level != api.LevelBaseline {
			continue
		}
		revision := c.revision(version)
		verdict := revision.CheckPod(pod.meta, pod.spec)
		if verdict.Allowed {
			continue
		}
		out = append(out, finding{
			control: c,
			since:   revision.MinimumVersion,
			reason:  verdict.ForbiddenReason,
			detail:  verdict.ForbiddenDetail,
			errs:    c.fields(pod, revision.MinimumVersion),
		})
	}
	return out
}

func (f finding) violation(pod subject, pathPrefix string) Violation {
	v := Violation{
		ID:      string(f.control.check.ID),
		Control: f.control.name,
		Level:   string(f.control.check.Level),
		Since:   f.since.String(),
		Reason:  f.reason,
		Detail:  f.detail,
		Images:  offendingImages(f.detail, pod.spec),
	}
	if kyverno := utils.PSSControlIDToName(v.ID); kyverno != "" {
		v.Control = kyverno
	}
	for _, e := range f.errs {
		v.Fields = append(v.Fields, e.field(pathPrefix))
	}
	return v
}
