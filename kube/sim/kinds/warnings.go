package kinds

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// What a server warns of without refusing it (k8s.io/kubernetes/pkg/api/pod/warnings.go).

// podWarnings are those of a pod.
func podWarnings(pod *corev1.Pod) []string {
	out := nameWarnings(pod.Name, "this is used in the Pod's hostname, which can result in surprising behavior")
	return append(out, specWarnings(&pod.ObjectMeta, &pod.Spec, nil)...)
}

// templateWarnings are those of a controller with a pod template at path spec.template.
func templateWarnings(name string, t *corev1.PodTemplateSpec) []string {
	out := nameWarnings(name, "this is used in Pod names and hostnames, which can result in surprising behavior")
	return append(out, specWarnings(&t.ObjectMeta, &t.Spec, field.NewPath("spec", "template"))...)
}

func nameWarnings(name, why string) []string {
	if messages := validation.IsDNS1123Label(name); len(messages) > 0 {
		return []string{fmt.Sprintf("metadata.name: %s; a DNS label is recommended: %v", why, messages)}
	}
	return nil
}

func specWarnings(meta *metav1.ObjectMeta, spec *corev1.PodSpec, at *field.Path) []string {
	child := func(name string, more ...string) *field.Path {
		if at == nil {
			return field.NewPath(name, more...)
		}
		return at.Child(name, more...)
	}
	out := selectorWarnings(spec.NodeSelector, child("spec", "nodeSelector"))
	for i, secret := range spec.ImagePullSecrets {
		if secret.Name == "" {
			out = append(out, fmt.Sprintf("%s: invalid empty name %q", child("spec", "imagePullSecrets").Index(i).Child("name"), ""))
		}
	}
	for i := range spec.InitContainers {
		out = append(out, containerWarnings(&spec.InitContainers[i], child("spec", "initContainers").Index(i))...)
	}
	for i := range spec.Containers {
		out = append(out, containerWarnings(&spec.Containers[i], child("spec", "containers").Index(i))...)
	}
	out = append(out, podAddressWarnings(spec, child("spec"))...)
	out = append(out, portWarnings(spec, child("spec"))...)
	out = append(out, annotationWarnings(meta, spec, child("metadata", "annotations"))...)
	if g := spec.TerminationGracePeriodSeconds; g != nil && *g < 0 && at != nil { // of a pod it has been made 1 by now
		out = append(out, fmt.Sprintf("%s: must be >= 0; negative values are invalid and will be treated as 1", child("spec", "terminationGracePeriodSeconds")))
	}
	return out
}

// selectorWarnings name the labels of nodes that have newer names.
func selectorWarnings(selector map[string]string, at *field.Path) []string {
	newer := map[string][2]string{
		"beta.kubernetes.io/arch":                  {"v1.14", "kubernetes.io/arch"},
		"beta.kubernetes.io/os":                    {"v1.14", "kubernetes.io/os"},
		"failure-domain.beta.kubernetes.io/region": {"v1.17", "topology.kubernetes.io/region"},
		"failure-domain.beta.kubernetes.io/zone":   {"v1.17", "topology.kubernetes.io/zone"},
		"beta.kubernetes.io/instance-type":         {"v1.17", "node.kubernetes.io/instance-type"},
	}
	var out []string
	for _, key := range sortedKeys(selector) {
		if n, ok := newer[key]; ok {
			out = append(out, fmt.Sprintf("%s: deprecated since %s; use %q instead", at.Key(key), n[0], n[1]))
		}
	}
	return out
}

func containerWarnings(c *corev1.Container, at *field.Path) []string {
	var out []string
	for _, list := range []struct {
		name string
		of   corev1.ResourceList
	}{{"limits", c.Resources.Limits}, {"requests", c.Resources.Requests}} {
		for _, name := range []corev1.ResourceName{corev1.ResourceMemory, corev1.ResourceEphemeralStorage} {
			if q, ok := list.of[name]; ok && q.MilliValue()%1000 != 0 {
				out = append(out, fmt.Sprintf("%s: fractional byte value %q is invalid, must be an integer",
					at.Child("resources", list.name).Key(string(name)), q.String()))
			}
		}
	}
	seen := sets.New[string]()
	for i, env := range c.Env {
		if seen.Has(env.Name) {
			out = append(out, fmt.Sprintf("%s: hides previous definition of %q, which may be dropped when using apply", at.Child("env").Index(i), env.Name))
		}
		seen.Insert(env.Name)
	}
	return out
}

// annotationWarnings are about what was set by annotation before it became a field.
func annotationWarnings(meta *metav1.ObjectMeta, spec *corev1.PodSpec, at *field.Path) []string {
	var out []string
	for _, key := range sortedKeys(meta.Annotations) {
		name, armor := strings.CutPrefix(key, corev1.DeprecatedAppArmorBetaContainerAnnotationKeyPrefix)
		switch {
		case key == corev1.SeccompPodAnnotationKey, strings.HasPrefix(key, corev1.SeccompContainerAnnotationKeyPrefix):
			out = append(out, fmt.Sprintf(`%s: non-functional in v1.27+; use the "seccompProfile" field instead`, at.Key(key)))
		case armor && annotationDecides(spec, name, meta.Annotations[key]):
			out = append(out, fmt.Sprintf(`%s: deprecated since v1.30; use the "appArmorProfile" field instead`, at.Key(key)))
		}
	}
	return out
}

// annotationDecides says that a container has no AppArmor profile but the annotation's. The field may already have been
// filled in from it.
func annotationDecides(spec *corev1.PodSpec, name, annotation string) bool {
	for _, list := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for _, c := range list {
			if c.Name == name && c.SecurityContext != nil && c.SecurityContext.AppArmorProfile != nil {
				return equal(c.SecurityContext.AppArmorProfile, armorProfile(annotation))
			}
		}
	}
	return true
}
