package kinds

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// What the downward API may be asked for: in the environment, and in a volume.
var (
	environmentFields = []string{
		"metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
		"status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
	}
	volumeFields = []string{"metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"}
	otherFields  = []string{"spec.restartPolicy", "spec.schedulerName", "status.phase", "spec.host"}
	resources    = []string{
		"limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory",
	}
)

// validateFieldRef checks the path of a pod's field: one that the server knows, then one that this place may have.
func validateFieldRef(ref *corev1.ObjectFieldSelector, allowed []string, at *field.Path) fieldErrors {
	at = at.Child("fieldPath")
	if ref.FieldPath == "" {
		return fieldErrors{field.Required(at, "")}
	}
	if path, key, ok := subscripted(ref.FieldPath); ok {
		switch path {
		case "metadata.annotations":
			return invalidFor(key, at, validation.IsQualifiedName(strings.ToLower(key)))
		case "metadata.labels":
			return invalidFor(key, at, validation.IsQualifiedName(key))
		}
		return fieldErrors{field.Invalid(at, ref.FieldPath, "error converting fieldPath: field label does not support subscript: "+ref.FieldPath)}
	}
	path := ref.FieldPath
	if !sets.New(environmentFields...).Insert(volumeFields...).Insert(otherFields...).Has(path) {
		return fieldErrors{field.Invalid(at, path, "error converting fieldPath: field label not supported: "+path)}
	}
	if path == "spec.host" { // what the first version called it
		path = "spec.nodeName"
	}
	if !sets.New(allowed...).Has(path) {
		return fieldErrors{field.NotSupported(at, path, allowed)}
	}
	return nil
}

// subscripted takes a path like metadata.labels['key'] apart.
func subscripted(path string) (name, key string, ok bool) {
	inner, ok := strings.CutSuffix(path, "']")
	if !ok {
		return "", "", false
	}
	name, key, ok = strings.Cut(inner, "['")
	return name, key, ok && name != ""
}

// validateResourceRef checks which resource of a container is asked for; outside a container it has to be named.
func validateResourceRef(ref *corev1.ResourceFieldSelector, inVolume bool, at *field.Path) fieldErrors {
	name := ref.Resource
	switch {
	case inVolume && ref.ContainerName == "":
		return fieldErrors{field.Required(at.Child("containerName"), "")}
	case name == "":
		return fieldErrors{field.Required(at.Child("resource"), "")}
	case strings.HasPrefix(name, "limits.hugepages-"), strings.HasPrefix(name, "requests.hugepages-"):
		return nil
	case !sets.New(resources...).Has(name):
		return fieldErrors{field.NotSupported(at.Child("resource"), name, resources)}
	}
	return validateDivisor(ref, at.Child("divisor"))
}

func validateDivisor(ref *corev1.ResourceFieldSelector, at *field.Path) fieldErrors {
	if ref.Divisor.IsZero() {
		return nil
	}
	allowed := "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei"
	what := "with the memory resource"
	_, name, _ := strings.Cut(ref.Resource, ".")
	switch name {
	case "cpu":
		allowed, what = "1m, 1", "with the cpu resource"
	case "ephemeral-storage":
		what = "with the local ephemeral storage resource"
	}
	if sets.New(strings.Split(allowed, ", ")...).Has(ref.Divisor.String()) {
		return nil
	}
	if name == "cpu" {
		allowed = "1m and 1"
	}
	return fieldErrors{field.Invalid(at, ref.Resource, fmt.Sprintf("only divisor's values %s are supported %s", allowed, what))}
}
