package files

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// replacements are what took the place of kyverno.io's kinds.
var replacements = map[string]string{
	"ClusterPolicy":        "ValidatingPolicy, MutatingPolicy, GeneratingPolicy or ImageValidatingPolicy",
	"Policy":               "NamespacedValidatingPolicy and the other namespaced policy types",
	"ClusterCleanupPolicy": "DeletingPolicy",
	"CleanupPolicy":        "NamespacedDeletingPolicy",
	"PolicyException":      "PolicyException",
}

// deprecation returns Kyverno's warning for a kind that is to be removed.
func deprecation(kind schema.GroupVersionKind) (string, bool) {
	replacement, ok := replacements[kind.Kind]
	if kind.Group != "kyverno.io" || !ok {
		return "", false
	}
	return fmt.Sprintf(
		"%s %s is deprecated and will be removed in a future release; migrate to %s (policies.kyverno.io), see https://kyverno.io/docs/guides/migration-to-cel/",
		kind.GroupVersion(), kind.Kind, replacement,
	), true
}

// Exceptions reads PolicyExceptions from files; policies learns where they are of. Everything else in them is an error.
// Warnings start with the file.
func (s *Source) Exceptions(policies *Policies, names []string) (exceptions []*unstructured.Unstructured, warnings []string, err error) {
	for _, name := range names {
		data, err := s.Read(name)
		if err != nil {
			return nil, nil, fmt.Errorf("unable to read yaml (%w)", err)
		}
		documents, err := Documents(data)
		if err != nil {
			return nil, nil, err
		}
		for _, document := range documents {
			found, err := object(document)
			if err == nil && s.Schema != nil {
				err = s.Schema(found)
			}
			if err != nil {
				return nil, nil, fmt.Errorf("unable to load exceptions (%w)", err)
			}
			kind := found.GroupVersionKind()
			if kind.Kind != "PolicyException" || kind.Group != "kyverno.io" && kind.Group != "policies.kyverno.io" {
				return nil, nil, fmt.Errorf("unable to load exceptions (policy exception type not supported %s)", kind)
			}
			if text, ok := deprecation(kind); ok {
				warnings = append(warnings, name+": "+text)
			}
			exceptions = append(exceptions, found)
			policies.origins[found] = origin{name, data, document}
		}
	}
	return exceptions, warnings, nil
}
