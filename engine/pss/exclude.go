package pss

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/kyverno/kyverno/pkg/pss/utils"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsec/engine/wildcard"
)

// Exclude is one entry of validate.podSecurity.exclude: a control that is not enforced, wholly or in part.
type Exclude struct {
	ControlName string // "Capabilities"; unknown names exclude nothing
	// Images are wildcard patterns, compared with a container's image as the pod writes it (no default registry or tag).
	// Without images the entry is about the pod's own fields.
	Images          []string
	RestrictedField string   // "spec.containers[*].securityContext.capabilities.add"; "" is every field
	Values          []string // wildcard patterns; all offending values must match one; empty is every value
}

// apply takes the excluded field errors out of found; a control with none left is no longer violated.
//
// It is Kyverno's way: evaluate the part of the pod that the entry is about, and for each error of that part take away
// one error of the whole at the same field. Without images the part is the pod with all its containers replaced by an
// empty one, whose missing fields take away the first error of a real container at the same field.
func (e Exclude) apply(found []finding, pod subject, evaluate func(subject) []finding) []finding {
	part := e.part(pod)
	for _, excluded := range evaluate(part) {
		id := string(excluded.control.check.ID)
		if !slices.Contains(utils.PSS_control_name_to_ids[e.ControlName], id) {
			continue
		}
		for _, err := range excluded.errs {
			if e.covers(err) {
				found = take(found, id, func(other fieldError) bool { return e.same(err, part, other, pod) })
			}
		}
	}
	return found
}

// part returns what the entry is about: the pod's own fields, or the containers with matching images and nothing else.
func (e Exclude) part(pod subject) subject {
	if len(e.Images) == 0 {
		spec := pod.spec.DeepCopy()
		spec.Containers = []corev1.Container{{Name: "fake"}}
		spec.InitContainers, spec.EphemeralContainers = nil, nil
		return subject{meta: pod.meta, spec: spec}
	}
	spec := &corev1.PodSpec{}
	for _, c := range pod.spec.Containers {
		if wildcard.MatchAny(e.Images, c.Image) {
			spec.Containers = append(spec.Containers, c)
		}
	}
	for _, c := range pod.spec.InitContainers {
		if wildcard.MatchAny(e.Images, c.Image) {
			spec.InitContainers = append(spec.InitContainers, c)
		}
	}
	for _, c := range pod.spec.EphemeralContainers {
		if wildcard.MatchAny(e.Images, c.Image) {
			spec.EphemeralContainers = append(spec.EphemeralContainers, c)
		}
	}
	return subject{meta: &metav1.ObjectMeta{}, spec: spec}
}

// covers says whether the entry's restrictedField and values admit the error.
func (e Exclude) covers(err fieldError) bool {
	if e.RestrictedField != "" && e.RestrictedField != fieldPattern(err.path) {
		return false
	}
	if len(e.Values) == 0 {
		return true
	}
	for _, value := range err.badValues() {
		if !wildcard.MatchAny(e.Values, value) {
			return false
		}
	}
	return true
}

// same says whether an error of the part and one of the whole pod are about the same field, and, for an entry with
// images, of the same container.
func (e Exclude) same(err fieldError, part subject, other fieldError, pod subject) bool {
	if fieldPattern(err.path) != fieldPattern(other.path) {
		return false
	}
	return len(e.Images) == 0 || part.containerName(err.path) == pod.containerName(other.path)
}

// take removes the first matching error of the control, and the control when it was the last. The last error moves
// into the gap, which is the order that Kyverno prints.
func take(found []finding, id string, match func(fieldError) bool) []finding {
	i := slices.IndexFunc(found, func(f finding) bool { return string(f.control.check.ID) == id })
	if i < 0 {
		return found
	}
	errs := found[i].errs
	gap := slices.IndexFunc(errs, match)
	if gap < 0 {
		return found
	}
	errs[gap] = errs[len(errs)-1]
	found[i].errs = errs[:len(errs)-1]
	if len(found[i].errs) == 0 {
		return slices.Delete(found, i, i+1)
	}
	return found
}

// badValues returns the offending values as exclude.values sees them.
func (e fieldError) badValues() []string {
	switch bad := e.bad.(type) {
	case string:
		if bad != "" {
			return []string{bad}
		}
	case bool:
		return []string{strconv.FormatBool(bad)}
	case int:
		return []string{strconv.Itoa(bad)}
	case []string:
		return bad
	}
	return nil
}

var (
	number        = regexp.MustCompile(`\d+`)
	containerPath = regexp.MustCompile(`^spec\.(?:initContainers|containers|ephemeralContainers)\[\d+\]`)
)

// fieldPattern replaces the indexes of a path: "spec.containers[*].ports[*].hostPort".
func fieldPattern(path string) string { return number.ReplaceAllString(path, "*") }

// containerName returns the name of the container that a path leads into, "" when it is a field of the pod.
func (s subject) containerName(path string) string {
	prefix := containerPath.FindString(path)
	for at, c := range s.containers() {
		if at == prefix {
			return c.Name
		}
	}
	return ""
}
