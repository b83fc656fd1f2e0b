package labs

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// knownVersion gives the apiVersion of the kinds that labs speak of, so that a check need not repeat it.
func knownVersion(kind string) (apiVersion string, ok bool) {
	switch kind {
	case "Pod", "Namespace", "Service", "ServiceAccount", "ConfigMap", "Secret", "Event", "Node":
		return "v1", true
	case "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet":
		return "apps/v1", true
	case "Job", "CronJob":
		return "batch/v1", true
	case "ClusterPolicy", "Policy":
		return "kyverno.io/v1", true
	case "PolicyReport", "ClusterPolicyReport":
		return "wgpolicyk8s.io/v1alpha2", true
	case "CustomResourceDefinition":
		return "apiextensions.k8s.io/v1", true
	case "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration",
		"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding":
		return "admissionregistration.k8s.io/v1", true
	case "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding":
		return "rbac.authorization.k8s.io/v1", true
	}
	return "", false
}

// groupVersionKind resolves a kind; an empty apiVersion is filled in for known kinds.
func groupVersionKind(apiVersion, kind string) (schema.GroupVersionKind, error) {
	if apiVersion == "" {
		known, ok := knownVersion(kind)
		if !ok {
			return schema.GroupVersionKind{}, fmt.Errorf("the apiVersion of kind %q is not known", kind)
		}
		apiVersion = known
	}
	version, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return schema.GroupVersionKind{}, fmt.Errorf("the apiVersion %q is not group/version", apiVersion)
	}
	return version.WithKind(kind), nil
}

// resolveKind is groupVersionKind with its error noted at a node.
func resolveKind(s *strict, n *yaml.Node, apiVersion, kind string) schema.GroupVersionKind {
	gvk, err := groupVersionKind(apiVersion, kind)
	if err != nil {
		s.note(n, "add apiVersion: (kubectl api-resources lists it)", "%v", err)
	}
	return gvk
}

// describe names one object for a learner: "the pod nginx in ui".
func describe(kind, namespace, name string) string {
	text := "the " + strings.ToLower(kind)
	switch kind { // names of several words read better as Kubernetes spells them
	case "ClusterPolicy", "PolicyReport", "ClusterPolicyReport", "ReplicaSet", "StatefulSet", "DaemonSet", "CronJob",
		"ServiceAccount", "ConfigMap", "CustomResourceDefinition", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration":
		text = "the " + kind
	}
	if name != "" {
		text += " " + name
	}
	if namespace != "" {
		text += " in " + namespace
	}
	return text
}
