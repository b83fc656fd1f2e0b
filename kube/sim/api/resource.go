package api

import "k8s.io/apimachinery/pkg/runtime/schema"

// Resource is a resource that the API server serves in one version.
type Resource struct {
	GVK        schema.GroupVersionKind
	GVR        schema.GroupVersionResource
	Namespaced bool
	// Storage names where its objects are: resources that share it are the same objects in different versions.
	Storage schema.GroupResource
	// Subresources are the kinds of what is read and written at its subresources, by their names.
	Subresources map[string]schema.GroupVersionKind
}
