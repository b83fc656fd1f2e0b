package files

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// clusterKinds are the kinds without a namespace that Kubernetes serves, by group. The Kyverno CLI knows these and no
// others: a custom resource without a namespace is put into "default".
var clusterKinds = map[string][]string{
	"": {"ComponentStatus", "Namespace", "Node", "NodeProxyOptions", "PersistentVolume"},
	"admissionregistration.k8s.io": {
		"MutatingWebhookConfiguration", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
		"ValidatingWebhookConfiguration",
	},
	"apiextensions.k8s.io":         {"CustomResourceDefinition"},
	"apiregistration.k8s.io":       {"APIService"},
	"authentication.k8s.io":        {"SelfSubjectReview", "TokenReview"},
	"authorization.k8s.io":         {"SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"},
	"certificates.k8s.io":          {"CertificateSigningRequest"},
	"flowcontrol.apiserver.k8s.io": {"FlowSchema", "PriorityLevelConfiguration"},
	"networking.k8s.io":            {"IPAddress", "IngressClass", "ServiceCIDR"},
	"node.k8s.io":                  {"RuntimeClass"},
	"rbac.authorization.k8s.io":    {"ClusterRole", "ClusterRoleBinding"},
	"resource.k8s.io":              {"DeviceClass", "ResourceSlice"},
	"scheduling.k8s.io":            {"PriorityClass"},
	"storage.k8s.io":               {"CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"},
}

func clusterScoped(kind schema.GroupKind) bool {
	return slices.Contains(clusterKinds[kind.Group], kind.Kind)
}

// ClusterScoped says whether objects of a kind that Kubernetes serves have no namespace.
func ClusterScoped(kind schema.GroupKind) bool { return clusterScoped(kind) }
