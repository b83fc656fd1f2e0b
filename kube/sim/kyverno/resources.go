package kyverno

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine/celpolicy/stored"
)

// updateRequests is the name of the definition of what waits for a background controller.
const updateRequests = "updaterequests.kyverno.io"

// The resources that Kyverno reads and writes.
var (
	deployments        = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	services           = schema.GroupVersionResource{Version: "v1", Resource: "services"}
	configMaps         = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	namespaces         = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	eventsResource     = schema.GroupVersionResource{Version: "v1", Resource: "events"}
	definitions        = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	validatingConfigs  = schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingwebhookconfigurations"}
	mutatingConfigs    = schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "mutatingwebhookconfigurations"}
	clusterRoles       = schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterroles"}
	roleBindings       = schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "rolebindings"}
	clusterBindings    = schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterrolebindings"}
	clusterPolicies    = schema.GroupVersionResource{Group: kyvernoGroup, Version: "v1", Resource: "clusterpolicies"}
	namespacePolicies  = schema.GroupVersionResource{Group: kyvernoGroup, Version: "v1", Resource: "policies"}
	policyExceptions   = schema.GroupVersionResource{Group: kyvernoGroup, Version: "v2", Resource: "policyexceptions"}
	celExceptions      = stored.Resource("policyexceptions")
	cleanupPolicies    = schema.GroupVersionResource{Group: kyvernoGroup, Version: "v2", Resource: "cleanuppolicies"}
	clusterCleanups    = schema.GroupVersionResource{Group: kyvernoGroup, Version: "v2", Resource: "clustercleanuppolicies"}
	deletingPolicies   = stored.Resource("deletingpolicies")
	namespacedDeleting = stored.Resource("namespaceddeletingpolicies")
	policyReports      = schema.GroupVersionResource{Group: "wgpolicyk8s.io", Version: "v1alpha2", Resource: "policyreports"}
	clusterReports     = schema.GroupVersionResource{Group: "wgpolicyk8s.io", Version: "v1alpha2", Resource: "clusterpolicyreports"}
)
